// Many jobs at once by the TypeScript client: what crowd.py does, in a process of Node's.
import { LLMKitClient, VideoGenerationRequest } from 'llmkit-jupyter'

const MODEL = 'runway:1@2'
const count = Number(process.argv[2])
const now = () => Date.now() / 1000

const client = LLMKitClient.fromEnv()
// The connection and the parts that are loaded at the first use are not what is measured.
await client.estimate(new VideoGenerationRequest('A cat', { model: MODEL }))

const seen = {}
const started = now()
const cpu = process.cpuUsage()
const requests = Array.from(
  { length: count },
  (_, number) => new VideoGenerationRequest(`Cat number ${number}`, { model: MODEL }),
)
const jobs = await client.submitVideos(requests)
for (const job of jobs) {
  job.onChange(() => {
    if (job.phase === 'downloading' || job.phase === 'done') seen[job.taskId] ??= now()
  })
}
const responses = await Promise.all(jobs.map((job) => job.result()))
const { user, system } = process.cpuUsage(cpu)
console.log(
  JSON.stringify({
    done: responses.filter(({ status, size }) => status === 'completed' && size > 0).length,
    started,
    seen,
    cpu: (user + system) / 1e6,
    peak_memory: process.resourceUsage().maxRSS * 1024,
  }),
)
