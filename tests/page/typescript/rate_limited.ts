// Several videos one after the other, at a pace that a provider likes.
import { LLMKitClient, sleep, VideoGenerationRequest } from 'llmkit-jupyter'

const PROMPTS = ['A sunrise over the sea', 'A starry night over a lake']
const PAUSE = 100 // milliseconds; 10000 is right for a provider on the network

const client = LLMKitClient.fromEnv()
for (const prompt of PROMPTS) {
  const response = await client.generateVideo(new VideoGenerationRequest(prompt))
  console.log(`${prompt}: ${response.status}`)
  await sleep(PAUSE)
}
