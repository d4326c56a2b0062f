// What Deno's Jupyter kernel shows of a job or a response.
import { kernel } from "../environment.ts";
import type { VideoJob } from "../job.ts";
import type { VideoGenerationResponse } from "../response.ts";
import { type Bundle, cardBundle, videoBundle } from "./bundles.ts";
import { follow } from "./live.ts";

export { waiting } from "./live.ts";

/** The MIME bundle of a value; a job that runs becomes a card that moves. */
export async function display(value: VideoJob | VideoGenerationResponse): Promise<Bundle> {
  const job = "response" in value ? value : undefined;
  if (job && !job.done() && kernel()) {
    await follow(job);
    return {}; // it stands in an output of its own, which can be changed
  }
  const response = job?.response ?? (value as VideoGenerationResponse);
  if (response.status === "completed") return await videoBundle(response);
  const again = "Run the cell again to see how it stands now.";
  return cardBundle(response, job, response.status === "processing" ? again : "");
}
