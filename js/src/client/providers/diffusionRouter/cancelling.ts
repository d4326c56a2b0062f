// Stops a job by `DELETE`, and finds out what that did: servers mean different things by it.
import { LLMKitError } from "../../errors.ts";
import type { Cancellation } from "../provider.ts";
import { complaintOf } from "./complaints.ts";
import { askOne } from "./questions.ts";
import { readRecord } from "./records.ts";
import type { Server } from "./server.ts";

const TRIES = 3;
const BUSY = [409, 425, 429, 503];
const NO_WAY = [404, 405, 410, 501];

/** @throws LLMKitError the server could not be asked. */
export async function cancel(id: string, server: Server): Promise<Cancellation> {
  const { url } = server;
  const look = async () => {
    const said = await askOne(id, server);
    if (said instanceof LLMKitError) throw said;
    return said;
  };
  // Deleting a finished one would throw the video away.
  const before = await look();
  if (before && before.state !== "processing") {
    const made = before.state === "succeeded" ? "The video is made" : "The job has ended";
    return { stopped: false, note: `${made} already; it cannot be cancelled any more.` };
  }
  const remove = () => server.ask(server.videos(id), { method: "DELETE" });
  let answer = await remove();
  for (let tries = 1; tries < TRIES && BUSY.includes(answer.status); tries += 1) {
    const wait = Math.min(answer.retryAfter ?? 1, 10);
    await new Promise((resolve) => setTimeout(resolve, wait * 1000));
    answer = await remove();
  }
  const after = await look();
  const status = `HTTP status ${answer.status}`;
  if (!after && answer.status < 300) {
    const note = readRecord(answer.body)?.cancelled
      ? // SGLang: the record is dropped, and what has begun is computed to its end.
        `Cancelled: ${url} has dropped the job. It may go on computing what has begun, and nobody ` +
        "can have that video."
      : `Cancelled: ${url} has stopped and deleted the job.`;
    return { stopped: true, note };
  }
  if (after?.cancelled) return { stopped: true, note: `Cancelled at ${url}.` };
  if (!after) return { stopped: false, note: `${url} does not know the job (${status}).` };
  const said = answer.status < 300 ? "it said yes" : complaintOf(answer).message;
  const refusal = NO_WAY.includes(answer.status)
    ? `offers no way to cancel a job (${status})`
    : `was asked to cancel the job and did not stop it (${status}: ${said})`;
  return { stopped: false, note: `${url} ${refusal}. The job goes on, and its video is kept.` };
}
