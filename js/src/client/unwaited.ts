// Words about jobs that nobody waits for any more: they go on, and how they are looked at again.
import { VideoTimeoutError, WaitAbortedError } from "./errors.ts";
import type { VideoJob } from "./job.ts";

/** The error of a wait that a signal has ended. */
export function aborted(job: VideoJob, signal: AbortSignal | undefined): WaitAbortedError {
  const id = job.taskId;
  const said = id
    ? `Stopped waiting; the job goes on. client.pollVideo('${id}') looks again.`
    : "Stopped waiting while the job was being submitted; it may go on.";
  const context = { taskId: id || undefined, provider: job.provider };
  return Object.assign(new WaitAbortedError(said, context), { cause: signal?.reason });
}

/** The error of a wait of that many seconds that ran out. */
export function timedOut(job: VideoJob, seconds: number): VideoTimeoutError {
  const id = job.taskId;
  const why = job.notice ? ` ${job.notice}` : "";
  const goesOn = id
    ? `The job goes on; look again with client.pollVideo('${id}'), or in Python with ` +
      `LLMKitClient().pick_up_video('${id}').`
    : "It is still being submitted and may go on; result() of the error's jobs waits again.";
  const said =
    `Video generation timeout: no video after ${seconds} s of waiting.${why} ${goesOn} Wait ` +
    "longer with LLMKIT_VIDEO_TIMEOUT or the option timeout (seconds).";
  return new VideoTimeoutError(said, { taskId: id || undefined, provider: job.provider });
}
