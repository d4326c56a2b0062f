// What Deno's Jupyter kernel shows of a job or a response.
import type { VideoJob } from "../job.ts";
import type { VideoGenerationResponse } from "../response.ts";

/** The MIME bundle of a value; a job that runs becomes a card that moves. */
export async function display(
  _value: VideoJob | VideoGenerationResponse,
): Promise<Record<string, unknown>> {
  throw new Error("to be written");
}

/** Show a card for each job while a call waits for them, in a notebook; gives what ends that. */
export function waiting(_jobs: readonly VideoJob[]): () => Promise<void> {
  return async () => {};
}
