// Start a video, do something else, and look now and then whether it is there.
import { LLMKitClient, sleep, VideoGenerationRequest } from 'llmkit-jupyter'

const MAX_WAIT = 300_000 // milliseconds
const PAUSE = 100 // milliseconds; 5000 is right for a provider on the network

const client = LLMKitClient.fromEnv()
const request = new VideoGenerationRequest('Waves at the beach [emulator: seconds=1]')
let response = await client.generateVideo(request, { wait: false })

// All that is needed to come back later, from another process as well: write it down.
const taskId = response.task_id ?? ''

const startTime = Date.now()
while (response.status === 'processing' && Date.now() - startTime < MAX_WAIT) {
  console.log(`Status: ${response.status}, waiting...`)
  await sleep(PAUSE)
  response = await client.pollVideo(taskId)
}

if (response.status === 'completed') {
  console.log(`Video ready: ${response.video_url}`)
} else if (response.status === 'failed') {
  console.log(`Video generation failed: ${response.error?.message}`)
} else {
  console.log(`Not ready yet; ask again for ${taskId}`)
}
