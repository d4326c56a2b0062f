// Everything that a response tells, in both spellings.
import { LLMKitClient, VideoGenerationRequest } from 'llmkit-jupyter'

const client = LLMKitClient.fromEnv()
const response = await client.generateVideo(new VideoGenerationRequest('A lighthouse at dusk'))

console.log(`Video URL: ${response.video_url}`)
console.log(`Format: ${response.format}`)
console.log(`Duration: ${response.duration}s`)
console.log(`Resolution: ${response.width}x${response.height}`)
console.log(`File size: ${response.size} bytes`)
console.log(`Task ID: ${response.task_id}`)
console.log(`Status: ${response.status}`)

console.log(response.videoUrl === response.video_url && response.taskId === response.task_id)
