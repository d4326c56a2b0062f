// The builder: each method gives a new request, so that a draft can be varied.
import { LLMKitClient, VideoGenerationRequest } from 'llmkit-jupyter'

const client = LLMKitClient.fromEnv()

const draft = new VideoGenerationRequest('A person dancing').with_model('runway-gen-4')
const request = draft.withDuration(5).withWidth(1280).with_height(720)
console.log(`Draft: ${JSON.stringify(draft)}`)
console.log(`Request: ${JSON.stringify(request)}`)

const response = await client.generateVideo(request)
console.log(`Asked for: ${response.request?.width}x${response.request?.height}`)
console.log(`Status: ${response.status}`)
