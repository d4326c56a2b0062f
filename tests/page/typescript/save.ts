// The video itself: streamed to a file, or as bytes.
import { stat } from 'node:fs/promises'
import { LLMKitClient, VideoGenerationRequest } from 'llmkit-jupyter'

const client = LLMKitClient.fromEnv()
const response = await client.generateVideo(new VideoGenerationRequest('A cat playing with yarn'))

const path = await response.save('cat_video.mp4')
console.log(`✓ Video saved to ${path}`)

const bytes = await response.bytes()
console.log(bytes.length === (await stat(path)).size && bytes.length === response.size)
