// The page's complete example, by the methods that do what it sketches.
import { LLMKitClient, VideoGenerationRequest } from 'llmkit-jupyter'

const client = LLMKitClient.fromEnv()
const request = new VideoGenerationRequest('A beautiful sunset over the ocean')
  .with_model('runway-gen-4')
  .with_duration(10)

const url = await client.generateVideoWithPolling(request, 300, (status) => {
  console.log(`Status: ${status}...`)
})
console.log(`✓ Video ready: ${url}`)

const { task_id } = await client.generateVideo(request, { wait: false })
console.log(`Video: ${await client.pollVideoGeneration(task_id ?? '', 300_000)}`)
