// What can go wrong says so, with what to do about it.
import {
  LLMKitClient,
  LLMKitError,
  ModelNotFoundError,
  VideoGenerationRequest,
  type VideoGenerationResponse,
} from 'llmkit-jupyter'

const client = LLMKitClient.fromEnv()
const request = new VideoGenerationRequest('Snow in a forest')

// Some errors deserve an answer of their own ...
let response: VideoGenerationResponse
try {
  response = await client.generateVideo(request.with_model('runway-gen-40'))
} catch (error) {
  if (!(error instanceof ModelNotFoundError)) throw error
  console.log(`Video generation failed: ${error.message}`)
  response = await client.generateVideo(request.with_model('runway-gen-4'))
}
console.log(`Status: ${response.status}`)

// ... and one class catches them all.
try {
  await client.generateVideo(request.with_duration(31))
} catch (error) {
  if (!(error instanceof LLMKitError)) throw error
  console.log(`${error.name} (${error.code}): ${error.message}`)
}
