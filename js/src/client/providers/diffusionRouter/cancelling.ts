// Stops a job by `DELETE`, and finds out what that did: servers mean different things by it.
import { LLMKitError } from "../../errors.ts";
import type { Cancellation } from "../provider.ts";
import { complaintOf } from "./complaints.ts";
import { askOne } from "./questions.ts";
import { readRecord } from "./records.ts";
import type { Server } from "./server.ts";

/** @throws LLMKitError the server could not be asked. */
export async function cancel(id: string, server: Server): Promise<Cancellation> {
  const { url } = server;
  const look = async () => {
    const said = await askOne(id, server);
    if (said instanceof LLMKitError) throw said;
    return said;
  };
  // Deleting a finished one would throw the video away.
  const { state = "processing" } = (await look()) ?? {};
  if (state !== "processing") return { stopped: false, note: "The job has ended already." };
  const answer = await server.ask(server.videos(id), { method: "DELETE" });
  const after = await look();
  const { status } = answer;
  if (after?.cancelled || (!after && status < 300)) {
    // SGLang drops its record, and computes what has begun to its end.
    const more = readRecord(answer.body)?.cancelled ? " It may go on computing for nobody." : "";
    return { stopped: true, note: `${url} has cancelled the job.${more}` };
  }
  const said = status < 300 ? "it said yes" : complaintOf(answer).message;
  return {
    stopped: false,
    note: after
      ? `${url} did not cancel the job (HTTP status ${status}: ${said}). It goes on, and its video is kept.`
      : `${url} does not know the job.`,
  };
}
