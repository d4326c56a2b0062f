// The quick start: a prompt becomes a video.
import { LLMKitClient, VideoGenerationRequest } from 'llmkit-jupyter'

const client = LLMKitClient.fromEnv()

const request = new VideoGenerationRequest('A serene landscape with mountains')
const response = await client.generateVideo(request)

console.log(`Video URL: ${response.video_url}`)
console.log(`Task ID: ${response.task_id}`)
console.log(`Status: ${response.status}`)
