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
  UntrustedServerError,
  WrongAddressError,
} from "../../errors.ts";
import type { VideoGenerationRequest } from "../../request.ts";
import { place } from "../../transport/failures.ts";
import type { Answer } from "../../transport/http.ts";
import { among, type Complaint, complaintOf, isMarkup } from "./complaints.ts";
import type { Fields, JobRecord } from "./records.ts";

const provider = "diffusion-router";
export const BY_US = { provider };
const URL_SETTING = "LLMKIT_DIFFUSION_ROUTER_URL (or baseUrl)";
const KEY_SETTING = "LLMKIT_DIFFUSION_ROUTER_API_KEY (or apiKey)";

// Our names for fields of the body.
const OURS = new Map([
  ["seconds", "duration"],
  ["num_frames", "duration"],
  ["size", "size"],
  ["width", "size"],
  ["height", "size"],
  ["input_reference", "image"],
  ["reference_url", "image"],
  ["image_reference", "image"],
]);
const AS_THEY_ARE = ["prompt", "model", "seed", "negative_prompt", "fps"];
const NOT_SAFE = /moderation|content[_ ]policy|safety|nsfw|sensitive/i;

/** Add the address, and what to do, to an error of the way to the server. */
export function noAnswer(error: NetworkError, url: string, known: boolean): NetworkError {
  const said = error.message.replace(place(url), url).replace(/\.$/, "");
  const https = url.startsWith("https:");
  const other = https ? `http${url.slice(5)}` : `https${url.slice(4)}`;
  let how = `If that goes on, look at the server's log and at ${URL_SETTING}.`;
  if (error instanceof UntrustedServerError) how = `Or is it a server that ${other} reaches?`;
  else if (https && said.includes("TLS")) {
    how = `Servers on one's own machines often speak http: try ${other}`;
  } else if (error instanceof UnreachableError) {
    how = `Is the server running, and is ${URL_SETTING} right (host and port)?`;
  } else if (!https && !known) {
    how = `Perhaps it speaks https (${other}), or is no server for videos; see its log.`;
  }
  return new (error.constructor as typeof NetworkError)(`${said}. ${how}`, BY_US);
}

/** The error for a server that sends its callers elsewhere, which is not followed. */
export function redirected(error: ServerError, url: string, posted: boolean): ServerError {
  // "See there" (303) is said of what was made.
  const kind = posted && error.status === 303 ? ServerError : WrongAddressError;
  const { status } = error;
  return new kind(`${error.message} ${URL_SETTING} is ${url}.`, { ...BY_US, status });
}

/** Whether a web page came, or something else in angle brackets. */
export function isPage(answer: Answer): boolean {
  return answer.body === undefined && isMarkup(answer.excerpt);
}

/** The error for an answer that is no JSON under a good status. */
export function noJson(answer: Answer, url: string): WrongAddressError {
  const what = isPage(answer) ? "a web page" : (answer.problem ?? "something else");
  return new WrongAddressError(
    `${url} answers with ${what} instead of JSON, so no server for videos is there. ` +
      `${URL_SETTING} is the address of its API, without a page's path, such as ` +
      `http://127.0.0.1:30000. It says: ${answer.excerpt || "nothing"}`,
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
  if (known) {
    const words = `${url} does not answer for /v1/videos at the moment ${status}`;
    return new NotTakenError(`${words}; nothing was made.`, signed(answer));
  }
  return new WrongAddressError(
    `${url} answers, and this server does not offer video: it has no /v1/videos ${status}. ` +
      `${URL_SETTING} must be the address of a server that makes videos: SGLang Diffusion, ` +
      "vLLM-Omni, NVIDIA Dynamo, or a router before them.",
    signed(answer),
  );
}

/** What a request was refused with: for the field that is meant, and its value. */
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
  const said = complaint.message || "no reason is given";
  const { code } = complaint;
  // So LiteLLM without a database calls a key that it does not know.
  const status = code === "no_db_connection" ? 401 : answer.status;
  const context = signed(answer, complaint);
  if (status === 400 && /plain http request/i.test(said)) {
    const right = `https${url.slice(4)}`;
    return new WrongAddressError(`${url} speaks https: set ${URL_SETTING} to ${right}.`, context);
  }
  switch (status) {
    case 401: {
      const wants = withKey ? "does not accept the key" : "wants a key";
      return new AuthenticationError(`${url} ${wants}: ${said}. Set ${KEY_SETTING}.`, context);
    }
    case 402:
      return new InsufficientCreditError(
        `${url} made nothing for lack of credit: ${said}`,
        context,
      );
    case 403:
      return new PermissionDeniedError(`${url} does not allow this: ${said}`, context);
    case 429:
      return new RateLimitError(`${url} asks to slow down: ${said}`, context);
    case 413: {
      const what = sent?.request.image ? "image" : "request";
      const allowed = `what the server, or a proxy before it, takes; ${url} says: ${said}`;
      const because = "too large (HTTP status 413)";
      return new InvalidRequestError(what, given(what, sent), allowed, { ...context, because });
    }
  }
  if (sent && [400, 404, 422].includes(status) && isAboutModel(complaint, status)) {
    return new ModelNotFoundError(sent.request.model ?? "none", `${url} says: ${said}`, context);
  }
  if ([400, 409, 415, 422].includes(status)) {
    if (NOT_SAFE.test(said)) {
      return new ContentFilteredError(`${url} declined the prompt: ${said}`, context);
    }
    const [wire] = [
      ...among(complaint, Object.keys(sent?.fields ?? {})),
      ...among(complaint, [...OURS.keys()]),
      ...complaint.fields,
    ];
    const known = AS_THEY_ARE.includes(wire ?? "") ? wire : `option ${wire}`;
    const field = (wire && (OURS.get(wire) ?? known)) || "request";
    const allowed = `what ${url} takes; it says: ${said}`;
    return new InvalidRequestError(field, given(field, sent), allowed, context);
  }
  return new ServerError(`${url} answers with HTTP status ${status}: ${said}`, context);
}

/** The error for a job that ended without a video. */
export function failed(record: JobRecord, url: string): LLMKitError {
  const said = record.error ?? "no reason is given";
  const details = { code: record.errorCode, parameters: [], allowed: [] };
  const context = record.errorCode ? { ...BY_US, details } : BY_US;
  if (NOT_SAFE.test(`${record.errorCode} ${said}`)) {
    return new ContentFilteredError(`${url} declined the prompt or the result: ${said}`, context);
  }
  const what = record.cancelled ? `The job was cancelled at ${url}` : `${url} made no video`;
  return new GenerationFailedError(`${what}: ${said}`, context);
}

function isAboutModel(complaint: Complaint, status: number): boolean {
  const words = complaint.message.toLowerCase();
  const named = complaint.fields.includes("model") || complaint.code === "model_not_found";
  return (
    named ||
    words.includes("model mismatch") ||
    (words.includes("model") && (status === 404 || /not found|invalid model/.test(words)))
  );
}

function given(field: string, sent: Refused | undefined): unknown {
  if (!sent) return undefined;
  const { width, height, options, ...values } = sent.request;
  if (field === "size") return width && `${width}x${height}`;
  return { ...values, ...prefixed(options) }[field];
}

/** Options by the names that messages have for them. */
export function prefixed(options: Fields): Fields {
  const named = Object.entries(options).map(([name, value]) => [`option ${name}`, value]);
  return Object.fromEntries(named) as Fields;
}

function signed(answer: Answer, complaint?: Complaint): ErrorContext {
  const { status, retryAfter: retryAfterSeconds } = answer;
  const parameters = complaint?.fields ?? [];
  const details = { code: complaint?.code, parameters, allowed: [], status };
  return { ...BY_US, status, retryAfterSeconds, details };
}
