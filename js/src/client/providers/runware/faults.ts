// Runware's error codes as errors of ours.
//
// The service has a few hundred codes, says that they are still being standardised, and groups them
// in categories by their words. So are they here; the order of the table matters.

import { ourName } from "../../catalog/names.ts";
import {
  AuthenticationError,
  ContentFilteredError,
  type ErrorContext,
  GenerationFailedError,
  InsufficientCreditError,
  InvalidRequestError,
  type LLMKitError,
  ModelNotFoundError,
  NotTakenError,
  PermissionDeniedError,
  ProviderTimeoutError,
  RateLimitError,
  ResultExpiredError,
  ServerError,
  WrongAddressError,
} from "../../errors.ts";
import type { VideoGenerationRequest } from "../../request.ts";
import type { Fault } from "./envelope.ts";

const CONFLICT = /^((conflict|duplicate)_?task_?uuid|task_?uuid_?(conflict|exists))$/i;

// Codes in lower case; the first row that matches decides.
const TABLE: readonly (readonly [RegExp, Category])[] = [
  [/credits|quota|balance|paymentrequired|environmentpaused/, "quota"],
  [/ratelimit|toomanyrequests/, "rate"],
  [
    /contentpolicy|sensitivecontent|unsafecontent|nsfw|promptblocked|imageblocked|moderation|^invalidprovidercontent$/,
    "safety",
  ],
  [/^provider(authentication|bad|internal|un|error)/, "provider"],
  [/forbidden|permission|(suspended|disabled)$(?<!modeldisabled)/, "permission"],
  [/apikey|unauthorized|^auth|authentication|credentials|^token/, "auth"],
  [/timeout|timedout/, "timeout"],
  [/^(modelnotfound|unknownmodel|invalidmodel|invalidair)$/, "model"],
  [/expired$/, "expired"],
  [/^taskcancell?ed$/, "cancelled"],
  [/notfound$/, "missing"],
  [
    /^(internalservererror|serviceunavailable|serverunavailable|standarderror|unrecognizedresponse|errorretrievingaccountmanagement)$/,
    "server",
  ],
  [/^(unknownerror|undefinederror|defaulterror)$/, "unknown"],
  [
    /^(inferenceerror|processingfailed|taskfailed|downloadfailed|uploadfailed|noavailableserver|modelunavailable|modeldisabled|modelnotready|mediastorage.*)$/,
    "provider",
  ],
  [
    /^(conflict|unsupported|unknown|incompatible|invalid|missing|mismatch|duplicate|max|min|value|array|validation|transparent|modelownership|modelalready|bad)/,
    "validation",
  ],
];

/** The class of each category, and what Runware does. */
const KINDS = {
  quota: [InsufficientCreditError, "made nothing: the account has too little credit"],
  rate: [RateLimitError, "asks to slow down"],
  safety: [ContentFilteredError, "declined the prompt or the result"],
  auth: [
    AuthenticationError,
    "does not accept the key (LLMKIT_API_KEY, RUNWARE_API_KEY or the option apiKey)",
  ],
  permission: [PermissionDeniedError, "knows the key, but it may not do this"],
  timeout: [ProviderTimeoutError, "gave up on the job after too long a time"],
  expired: [ResultExpiredError, "has the result no longer"],
  cancelled: [GenerationFailedError, "cancelled the job"],
  server: [ServerError, "has a fault of its own"],
  provider: [GenerationFailedError, "made no video"],
  missing: [GenerationFailedError, "made no video"],
  unknown: [GenerationFailedError, "made no video"],
} as const;

export type Category = keyof typeof KINDS | "model" | "validation";

const BY_STATUS: Record<number, Category> = {
  401: "auth",
  402: "quota",
  403: "permission",
  429: "rate",
};

/** What came with a fault, and what it was the answer to. */
export interface Circumstances {
  /** HTTP status of the answer. */
  readonly status?: number | undefined;
  /** Seconds that the answer told to wait. */
  readonly retryAfter?: number | undefined;
  /** That was refused. */
  readonly request?: VideoGenerationRequest | undefined;
}

/**
 * Tell which kind of error a code is, whatever its letters' case. Where the code says too little,
 * an HTTP status that speaks of the key, of money or of haste says more.
 */
export function categoryOf(code: string, status = 0): Category {
  const lower = code.toLowerCase();
  const found = TABLE.find(([row]) => row.test(lower))?.[1] ?? "unknown";
  return /^(unknown|server)$/.test(found) ? (BY_STATUS[status] ?? found) : found;
}

/** Whether the service has that task id already: what was sent again had arrived. */
export function isConflict(fault: Fault): boolean {
  return CONFLICT.test(fault.code);
}

/** The error for a fault that the service told. */
export function toError(fault: Fault, where: Circumstances = {}): LLMKitError {
  return errorOf(fault, categoryOf(fault.code, where.status), where);
}

/** The error for an answer that is a failure as a whole, by its HTTP status. */
export function byStatus(excerpt: string, where: Circumstances, fault?: Fault): LLMKitError {
  const message = `HTTP status ${where.status}${excerpt && `: ${excerpt}`}`;
  const told = fault ?? { code: "", message, parameters: [], allowed: [] };
  return errorOf(told, BY_STATUS[where.status ?? 0] ?? "server", where);
}

/** The error for an address where something else answers. */
export function wrongAddress(status: number | undefined, said: string): WrongAddressError {
  return new WrongAddressError(
    `${said} Look at LLMKIT_RUNWARE_URL: addresses of this service end in /v1.`,
    { status, provider: "runware", details: { status, parameters: [], allowed: [] } },
  );
}

/**
 * The error for a fault of a submission that tells of the moment, not of the job; `undefined` for
 * others: the same task would be refused again.
 */
export function notTaken(fault: Fault, where: Circumstances): LLMKitError | undefined {
  const category = categoryOf(fault.code, where.status);
  if (!/^(server|provider|timeout|unknown)$/.test(category)) return undefined;
  return new NotTakenError(`Runware did not take the job: ${words(fault)}`, about(fault, where));
}

function about(fault: Fault, { status, retryAfter }: Circumstances): ErrorContext {
  const { code, parameters, allowed, documentation, taskId } = fault;
  return {
    taskId,
    provider: "runware",
    status,
    retryAfterSeconds: retryAfter,
    details: { code: code || undefined, parameters, allowed, documentation, status },
  };
}

function words({ code, message }: Fault): string {
  return !code || message.includes(`(${code})`) ? message : `${message} (${code})`;
}

function errorOf(fault: Fault, category: Category, where: Circumstances): LLMKitError {
  const context = about(fault, where);
  const said = words(fault);
  if (category === "validation") return invalid(fault, where.request, context);
  if (category === "model") {
    const model = where.request?.model ?? "the model asked for";
    return new ModelNotFoundError(model, `${said}. client.models() lists what there is.`, context);
  }
  const [kind, does] = KINDS[category];
  return new kind(`Runware ${does}: ${said}`, context);
}

function invalid(
  fault: Fault,
  request: VideoGenerationRequest | undefined,
  context: ErrorContext,
): InvalidRequestError {
  const { low, high, documentation, message } = fault;
  const [wire] = fault.parameters;
  const field = wire ? ourName(wire) : "request";
  const from = low === undefined ? "" : `from ${low}`;
  const to = high === undefined ? "" : `up to ${high}`;
  let allowed =
    fault.allowed.map(String).join(", ") || `${from} ${to}`.trim() || "what the model's page says";
  if (documentation) allowed += `; see ${documentation}`;
  const because = `Runware says: ${message}`;
  return new InvalidRequestError(field, valueIn(field, request), allowed, { ...context, because });
}

function valueIn(field: string, request: VideoGenerationRequest | undefined): unknown {
  if (!request) return undefined;
  if (field === "size") return request.width && `${request.width}x${request.height}`;
  const [, option] = field.match(/^option (.*)/) ?? [];
  return option ? request.options[option] : request[field as keyof VideoGenerationRequest];
}
