// From a server's refusals to our errors: each names the address and what to do about it.
import {
  AuthenticationError,
  ContentFilteredError,
  type ErrorContext,
  GenerationFailedError,
  InsufficientCreditError,
  InvalidRequestError,
  type LLMKitError,
  ModelNotFoundError,
  type NetworkError,
  NotTakenError,
  PermissionDeniedError,
  RateLimitError,
  ServerError,
  UnreachableError,
  WrongAddressError,
} from "../../errors.ts";
import type { VideoGenerationRequest } from "../../request.ts";
import { place } from "../../transport/failures.ts";
import type { Answer } from "../../transport/http.ts";
import { among, type Complaint, complaintOf } from "./complaints.ts";
import type { Fields, JobRecord } from "./records.ts";

export const BY_US = { provider: "diffusion-router" };
const SETTING = "LLMKIT_DIFFUSION_ROUTER_URL (or baseUrl)";

// Fields of the body that people know by another name, and those that they know by the same.
const RENAMED = {
  seconds: "duration",
  num_frames: "duration",
  size: "size",
  width: "size",
  height: "size",
  input_reference: "image",
  reference_url: "image",
  image_reference: "image",
};
const SAME = ["prompt", "model", "seed", "fps", "negative_prompt"];
/** What a field of the body is to people. */
export const OURS = new Map([
  ...Object.entries(RENAMED),
  ...SAME.map((name): [string, string] => [name, name]),
]);
const NOT_SAFE = /moderation|content[_ ]policy|safety|nsfw|sensitive/i;

/** Add the address, and what to do, to an error of the way to the server. */
export function noAnswer(error: NetworkError, url: string, known: boolean): NetworkError {
  const said = error.message.replace(place(url), url).replace(/\.$/, "");
  const https = url.startsWith("https:");
  const other = https ? `http${url.slice(5)}` : `https${url.slice(4)}`;
  const how =
    error instanceof UnreachableError
      ? `Is the server running, and is ${SETTING} right?`
      : known
        ? "If that goes on, look at the server's log"
        : `Perhaps it speaks ${https ? "http" : "https"} (${other}), or is no server for videos`;
  return new (error.constructor as typeof NetworkError)(`${said}. ${how}`, BY_US);
}

/** The error for a server that sends its callers elsewhere, which is not followed. */
export function redirected(error: ServerError, url: string, posted: boolean): ServerError {
  const { message, status } = error;
  // "See there" (303) is said of what was made.
  const kind = posted && status === 303 ? ServerError : WrongAddressError;
  return new kind(`${message} ${SETTING} is ${url}.`, { ...BY_US, status });
}

/** Whether a web page came, or something else in angle brackets. */
export function isPage({ body, excerpt }: Answer): boolean {
  return body === undefined && /^\s*</.test(excerpt);
}

/** The error for an answer that is no JSON under a good status. */
export function noJson(answer: Answer, url: string): WrongAddressError {
  const what = isPage(answer) ? "a web page" : (answer.problem ?? "something else");
  return new WrongAddressError(
    `${url} answers with ${what} instead of JSON, so no server for videos is there. ${SETTING} ` +
      `is the address of its API, such as http://127.0.0.1:30000. It says: ${answer.excerpt}`,
    signed(answer),
  );
}

/**
 * The error for a server that has no `/v1/videos`.
 *
 * @param known it had, before.
 */
export function noVideo(answer: Answer, url: string, known: boolean): ServerError {
  const status = `(HTTP status ${answer.status})`;
  const [kind, said] = known
    ? [NotTakenError, `${url} has no /v1/videos at the moment ${status}; nothing was made.`]
    : [
        WrongAddressError,
        `${url} answers, and does not offer video: it has no /v1/videos ${status}. ${SETTING} ` +
          "must be the address of SGLang Diffusion, vLLM-Omni, or a router before them.",
      ];
  return new kind(said, signed(answer));
}

/** What was refused: for the field that is meant, and its value. */
export interface Refused {
  readonly request: VideoGenerationRequest;
  readonly fields: Fields;
}

/** The error for an answer with a status that says no. */
export function refused(
  answer: Answer,
  url: string,
  withKey: boolean,
  sent?: Refused,
): LLMKitError {
  const complaint = complaintOf(answer);
  const { code, fields } = complaint;
  const said = complaint.message || "no reason is given";
  // So LiteLLM without a database calls a key that it does not know.
  const status = code === "no_db_connection" ? 401 : answer.status;
  const context = signed(answer, complaint);
  const says = `${url} says: ${said}`;
  if (status === 400 && /plain http request/i.test(said)) {
    const right = `https${url.slice(4)}`;
    return new WrongAddressError(`${url} speaks https: set ${SETTING} to ${right}.`, context);
  }
  if (status === 413) {
    const what = sent?.request.image ? "image" : "request";
    const because = "too large (HTTP status 413)";
    return new InvalidRequestError(what, given(what, sent), says, { ...context, because });
  }
  if (sent && [400, 404, 422].includes(status) && isAboutModel(complaint, status)) {
    return new ModelNotFoundError(sent.request.model ?? "none", says, context);
  }
  if ([400, 409, 415, 422].includes(status)) {
    if (NOT_SAFE.test(said)) {
      return new ContentFilteredError(`${url} declined the prompt: ${said}`, context);
    }
    const [wire] = [
      ...among(complaint, Object.keys(sent?.fields ?? {})),
      ...among(complaint, Object.keys(RENAMED)),
      ...fields,
    ];
    const field = wire ? (OURS.get(wire) ?? `option ${wire}`) : "request";
    return new InvalidRequestError(field, given(field, sent), `what ${says}`, context);
  }
  const wants = withKey ? "does not accept the key" : "wants a key";
  const kinds: Record<number, [typeof LLMKitError, string]> = {
    401: [AuthenticationError, `${wants} (LLMKIT_DIFFUSION_ROUTER_API_KEY or apiKey)`],
    402: [InsufficientCreditError, "made nothing for lack of credit"],
    403: [PermissionDeniedError, "does not allow this"],
    429: [RateLimitError, "asks to slow down"],
  };
  const [kind, words] = kinds[status] ?? [ServerError, `answers with HTTP status ${status}`];
  return new kind(`${url} ${words}: ${said}`, context);
}

/** The error for a job that ended without a video. */
export function failed({ error, errorCode, cancelled }: JobRecord, url: string): LLMKitError {
  const details = { code: errorCode, parameters: [], allowed: [] };
  const unsafe = NOT_SAFE.test(`${errorCode} ${error}`);
  const kind = unsafe ? ContentFilteredError : GenerationFailedError;
  const what = unsafe ? "declined" : cancelled ? "has cancelled the job" : "made no video";
  return new kind(`${url} ${what}: ${error ?? "no reason is given"}`, { ...BY_US, details });
}

function isAboutModel({ message, fields, code }: Complaint, status: number): boolean {
  return (
    fields.includes("model") ||
    code === "model_not_found" ||
    /model mismatch|model.*not found|not found.*model|invalid model/is.test(message) ||
    (status === 404 && /model/i.test(message))
  );
}

/** The value of a field as the request has it. */
function given(field: string, sent: Refused | undefined): unknown {
  if (!sent) return undefined;
  const { width, height, options, ...values } = sent.request;
  const size = width && `${width}x${height}`;
  return { ...values, ...prefixed(options), size }[field];
}

/** Options by the names that messages have for them. */
export function prefixed(options: Fields): Fields {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [`option ${name}`, value]),
  );
}

function signed({ status, retryAfter }: Answer, complaint?: Complaint): ErrorContext {
  const { code, fields: parameters = [] } = complaint ?? {};
  const details = { code, parameters, allowed: [], status };
  return { ...BY_US, status, retryAfterSeconds: retryAfter, details };
}
