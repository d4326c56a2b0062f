// Every error of the package, under one base class. Classes and codes are those of Python.
import type { VideoJob } from "./job.ts";

/** An error in the provider's own terms. */
export interface ProviderDetails {
  /** The provider's word for it. */
  readonly code?: string | undefined;
  /** Fields of its wire format that are meant. */
  readonly parameters: readonly string[];
  /** Values that it would take. */
  readonly allowed: readonly unknown[];
  /** A page about it. */
  readonly documentation?: string | undefined;
  /** HTTP status of the answer. */
  readonly status?: number | undefined;
}

/** What is known of an error beside its sentence. */
export interface ErrorContext {
  code?: string | undefined;
  taskId?: string | undefined;
  provider?: string | undefined;
  details?: ProviderDetails | undefined;
  /** Seconds that the provider asked to wait. */
  retryAfterSeconds?: number | undefined;
  /** HTTP status. */
  status?: number | undefined;
}

/** Base of all errors; `code` is a stable word for programs, `message` a sentence for people. */
export class LLMKitError extends Error {
  static readonly code: string = "error";
  readonly code: string;
  /** The job that it is about, if there is one. */
  declare taskId: string | undefined;
  /** Name of the provider that it came from. */
  declare provider: string | undefined;
  /** What the provider itself said. */
  declare details: ProviderDetails | undefined;
  /** How long the provider asked to wait. */
  declare retryAfterSeconds: number | undefined;
  /** HTTP status of the answer, where there was one. */
  declare status: number | undefined;
  /** The jobs of the call that threw it, some of which may have been made, or go on. */
  declare readonly jobs: readonly VideoJob[] | undefined;

  constructor(message: string, context: ErrorContext = {}) {
    super(message);
    this.name = new.target.name;
    this.code = context.code ?? new.target.code;
    // What is not known is not there: it would be printed with what nobody has caught.
    for (const field of ["taskId", "provider", "details", "retryAfterSeconds", "status"] as const)
      if (context[field] !== undefined) Object.assign(this, { [field]: context[field] });
  }

  /** @internal Not listed among its values: they would be printed with it. */
  of(jobs: readonly VideoJob[]): this {
    Object.defineProperty(this, "jobs", { value: jobs, configurable: true });
    return this;
  }
}

/** A setting or environment variable cannot be used. */
export class ConfigurationError extends LLMKitError {
  static override readonly code: string = "configuration";
}
/** No provider goes by that name. */
export class ProviderNotFoundError extends ConfigurationError {
  static override readonly code = "provider_not_found";
}
/** The key is missing (told before any request) or the provider refused it. */
export class AuthenticationError extends LLMKitError {
  static override readonly code: string = "authentication";
}
/** The provider knows the key, and it may not do this. */
export class PermissionDeniedError extends AuthenticationError {
  static override readonly code = "permission_denied";
}
/** The account at the provider has too little money left. */
export class InsufficientCreditError extends LLMKitError {
  static override readonly code = "insufficient_credit";
}

/** A value that cannot be used; nothing was submitted. */
export class InvalidRequestError extends LLMKitError {
  static override readonly code: string = "invalid_request";
  /** What the value was given for. */
  readonly field: string;
  /** The value as given. */
  readonly value: unknown;
  /** In words, what would be accepted. */
  readonly allowed: string;

  constructor(
    field: string,
    value: unknown,
    allowed: string,
    context: ErrorContext & { because?: string | undefined; message?: string } = {},
  ) {
    const reason = context.because ? ` (${context.because})` : "";
    super(
      context.message ?? `${field} is ${shorten(value)}${reason}; allowed: ${allowed}`,
      context,
    );
    this.field = field;
    this.value = value;
    this.allowed = allowed;
  }
}
/** The provider has no such model. The message names the nearest ids. */
export class ModelNotFoundError extends InvalidRequestError {
  static override readonly code = "model_not_found";

  constructor(model: string, allowed: string, context: ErrorContext = {}) {
    const at = context.provider ? ` at ${context.provider}` : "";
    const message = `Model not found${at}: ${shorten(model)}; ${allowed}`;
    super("model", model, allowed, { ...context, message });
  }
}
/** A file stands where the video should go, and overwriting was not asked for. */
export class OutputExistsError extends InvalidRequestError {
  static override readonly code = "output_exists";
}

/** The provider asks to slow down. */
export class RateLimitError extends LLMKitError {
  static override readonly code = "rate_limit";
}
/** The provider declined the prompt or the result. */
export class ContentFilteredError extends LLMKitError {
  static override readonly code = "content_filtered";
}
/** The provider could not be reached, or the connection broke. */
export class NetworkError extends LLMKitError {
  static override readonly code: string = "network";
}
/** There was no connection, so nothing was sent. */
export class UnreachableError extends NetworkError {
  static override readonly code = "unreachable";
}
/** The server's certificate could not be verified. Never tried without. */
export class UntrustedServerError extends NetworkError {
  static override readonly code = "untrusted_server";
}
/** The provider answered with a fault of its own. */
export class ServerError extends LLMKitError {
  static override readonly code: string = "server";
}
/** The provider named the job and did not take it, for a reason that may pass. */
export class NotTakenError extends ServerError {
  static override readonly code = "not_taken";
}
/** What answers at the provider's address is not the provider. */
export class WrongAddressError extends ServerError {
  static override readonly code = "wrong_address";
}
/** The provider, or this client, cannot do what was asked. */
export class NotSupportedError extends LLMKitError {
  static override readonly code = "not_supported";
}

/** The job ended without a video. */
export class GenerationFailedError extends LLMKitError {
  static override readonly code: string = "generation_failed";
}
/** The provider gave up on the job because it took too long there. */
export class ProviderTimeoutError extends GenerationFailedError {
  static override readonly code = "provider_timeout";
}
/** The video was made, and the provider has it no longer. */
export class ResultExpiredError extends GenerationFailedError {
  static override readonly code = "result_expired";
}
/** The provider took the job and knows it no longer. It is never sent again by itself. */
export class JobLostError extends GenerationFailedError {
  static override readonly code = "job_lost";
}
/** The job was cancelled before its video was made. */
export class JobCancelledError extends GenerationFailedError {
  static override readonly code = "cancelled";
}
/** Whether the provider took the job cannot be told. It is never sent again by itself. */
export class SubmissionUnknownError extends GenerationFailedError {
  static override readonly code = "submission_unknown";
}

/** The wait ran out; the job itself goes on and can be picked up by its task id. */
export class VideoTimeoutError extends LLMKitError {
  static override readonly code = "timeout";
}
/** The wait was ended by an `AbortSignal`; a job that was submitted goes on. */
export class WaitAbortedError extends LLMKitError {
  static override readonly code = "aborted";
  // Who waits by a signal tests for the name that fetch gives its own.
  override readonly name = "AbortError";
}
/** The provider knows no job with that task id. */
export class JobNotFoundError extends LLMKitError {
  static override readonly code = "job_not_found";
}
/** What arrived is not a video file that can be used. */
export class InvalidVideoError extends LLMKitError {
  static override readonly code: string = "invalid_video";
}
/** The video is larger than the limit of downloads. */
export class VideoTooLargeError extends InvalidVideoError {
  static override readonly code = "video_too_large";
}

const owned = new WeakSet<LLMKitError>();

/** A job's own error: what goes wrong with a request is one for all of its jobs. */
export function ownOf<T extends LLMKitError>(error: T): T {
  let own = error;
  if (owned.has(error)) {
    own = Object.setPrototypeOf(new Error(), Object.getPrototypeOf(error)) as T;
    Object.defineProperties(own, Object.getOwnPropertyDescriptors(error));
    Reflect.deleteProperty(own, "taskId");
  }
  owned.add(own);
  return own;
}

// What is minified keeps no names of classes, and Node prints them with what nobody has caught.
const CLASSES = {
  LLMKitError,
  ConfigurationError,
  ProviderNotFoundError,
  AuthenticationError,
  PermissionDeniedError,
  InsufficientCreditError,
  InvalidRequestError,
  ModelNotFoundError,
  OutputExistsError,
  RateLimitError,
  ContentFilteredError,
  NetworkError,
  UnreachableError,
  UntrustedServerError,
  ServerError,
  NotTakenError,
  WrongAddressError,
  NotSupportedError,
  GenerationFailedError,
  ProviderTimeoutError,
  ResultExpiredError,
  JobLostError,
  JobCancelledError,
  SubmissionUnknownError,
  VideoTimeoutError,
  WaitAbortedError,
  JobNotFoundError,
  InvalidVideoError,
  VideoTooLargeError,
};
for (const [name, value] of Object.entries(CLASSES))
  Object.defineProperty(value, "name", { value: name });

/** A value as it stands in a message: cut in the middle where it is long. */
export function shorten(value: unknown, limit = 80): string {
  const text = shown(value);
  if (text.length <= limit) return text;
  const half = Math.floor((limit - 3) / 2);
  return `${text.slice(0, half)}...${text.slice(-half)}`;
}

function shown(value: unknown): string {
  if (typeof value === "string") return `'${value.replace(/\n/g, "\\n")}'`;
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return `a function`;
  try {
    // JSON turns what is no number into null.
    return typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
  } catch {
    return `a ${typeof value} that cannot be shown`;
  }
}

/** `"did you mean x or y? known: ..."` for a name that was not found among the known ones. */
export function nearest(name: string, known: readonly string[]): string {
  const close = closest(name, known, 0.5);
  const hint = close.length ? `did you mean ${close.join(" or ")}? ` : "";
  return `${hint}known: ${known.join(", ")}`;
}

/** The up to three names that are spelled most alike, the best first. */
export function closest(name: string, known: readonly string[], least: number): string[] {
  return known
    .map((each) => ({ each, likeness: likeness(name.toLowerCase(), each.toLowerCase()) }))
    .filter((found) => found.likeness >= least)
    .sort((a, b) => b.likeness - a.likeness)
    .slice(0, 3)
    .map((found) => found.each);
}

/** From 0 to 1: how many pairs of neighbouring letters two words share (Dice). */
function likeness(a: string, b: string): number {
  const pairs = (text: string) =>
    Array.from({ length: text.length - 1 }, (_, i) => text.slice(i, i + 2));
  const [left, right] = [pairs(` ${a} `), pairs(` ${b} `)];
  const rest = [...right];
  let shared = 0;
  for (const pair of left) {
    const at = rest.indexOf(pair);
    if (at >= 0) {
      shared += 1;
      rest.splice(at, 1);
    }
  }
  return (2 * shared) / (left.length + right.length);
}
