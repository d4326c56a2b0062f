// Hands jobs over, one request a job, and finds out on the way how the server wants them.
//
// A refused request may be sent again in another way, for nothing was made of it. One whose answer
// is lost, or says nothing that can be relied on, is never sent again.
import { InvalidRequestError, ServerError } from "../../errors.ts";
import type { Answer, Call } from "../../transport/http.ts";
import type { Submission } from "../provider.ts";
import { type Body, build, checkStrict, OWN } from "./bodies.ts";
import { among, type Complaint, complaintOf, misses, ofUnknown } from "./complaints.ts";
import { BY_US, isPage, noJson, noVideo } from "./faults.ts";
import type { Manners } from "./manners.ts";
import { type JobRecord, readRecord } from "./records.ts";
import type { Server } from "./server.ts";

const NOT_HERE = [404, 405, 410, 501];
const REFUSALS = [400, 411, 415, 422];

/** A job that was taken, and the fields that were sent. */
export interface Taken {
  readonly record: JobRecord;
  readonly body: Body;
}

/** @throws LLMKitError the refusal, or why nobody can tell. */
export async function submit(
  { request, seedIsChosen }: Submission,
  server: Server,
  how?: Call,
): Promise<Taken> {
  const { manners, url } = server;
  const tried = new Set<string>();
  for (;;) {
    if (manners.strict) checkStrict(request, url, !seedIsChosen);
    const body = build(request, manners);
    const answer = await server.post(body.content, how);
    const refusal = REFUSALS.includes(answer.status);
    if (
      refusal &&
      !manners.synchronous &&
      learn(manners, complaintOf(answer), answer.status, body, tried)
    )
      continue;
    if (answer.status >= 200 && answer.status < 300) {
      return { record: taken(answer, body, server), body };
    }
    const said = complaintOf(answer);
    if (refusal && wasLost(manners, said, body)) {
      throw new ServerError(
        `${url} misses what was sent (${said.message}): it was lost on the way, and may have ` +
          "arrived before.",
        { ...BY_US, status: answer.status },
      );
    }
    const error = server.refusal(answer, { request, fields: body.fields });
    const isHere = !NOT_HERE.includes(answer.status) || error instanceof InvalidRequestError;
    throw isHere ? error : noVideo(answer, url, manners.proven);
  }
}

/** Judge an answer under a good status. */
function taken(answer: Answer, body: Body, { manners, url }: Server): JobRecord {
  const record = readRecord(answer.body);
  if (record) {
    manners.read.add(body.form);
    return record;
  }
  const error = noJson(answer, url);
  if (!answer.ok && !manners.proven && isPage(answer)) throw error;
  // It is a server for videos: what came in place of the answer says nothing.
  throw new ServerError(
    answer.ok
      ? `${url} took the request and told no id of a job: ${answer.excerpt}`
      : error.message,
    { ...BY_US, status: answer.status },
  );
}

/** Find another way to say the same; `false` where there is none left to try. */
function learn(
  manners: Manners,
  said: Complaint,
  status: number,
  body: Body,
  tried: Set<string>,
): boolean {
  const sent = Object.keys(body.fields);
  const json = body.form === "json";
  // Older SGLang reads a form only with a file in it.
  const unread = misses(said, "prompt") || (misses(said, "input_reference") && !json);
  const added = sent.filter((name) => !OWN.includes(name));
  const ways: Record<string, boolean | undefined> = {
    form: !manners.refused && (status === 415 || (unread && !wasLost(manners, said, body))),
    size: sent.includes("size") && ofUnknown(said, ["size"]),
    strict: !manners.sizeInTwo && ofUnknown(said, added),
    seconds: json && sent.includes("seconds") && among(said, ["seconds"]).length > 0,
  };
  const way = Object.keys(ways).find((each) => ways[each] && !tried.has(each));
  if (way) tried.add(way);
  if (way === "form") {
    manners.refused = body.form;
    manners.form = json ? "multipart" : "json";
  } else if (way === "size") manners.sizeInTwo = true;
  else if (way === "strict") manners.strict = true;
  else if (json && tried.has("seconds")) {
    // The other way than this one was sent: others may be finding out as well. Or, where nothing
    // is left to try, back: it was not the kind of number.
    manners.secondsAsNumber = typeof body.fields.seconds === "string";
  }
  return way !== undefined;
}

/**
 * Whether a body that is missed did not get there as it left. LiteLLM sends one anew, and empty,
 * when the server behind it breaks off: the first one may have been taken.
 */
function wasLost(manners: Manners, said: Complaint, body: Body): boolean {
  return (manners.read.has(body.form) || said.quoted === true) && misses(said, "prompt");
}
