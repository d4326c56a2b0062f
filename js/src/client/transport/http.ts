// Calls to a provider's API: JSON there and back, bounded in size and time, errors in plain words.
//
// Nothing is repeated here; `decide` in retry.ts says when that is right.
import { type LLMKitError, ServerError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import { explain, place } from "./failures.ts";
import { redact, redactBody } from "./redact.ts";
import { retryAfter } from "./retry.ts";

const DEADLINE = 60; // seconds for a whole call
const MAX_BODY = 16 * 2 ** 20; // bytes, decoded
const EXCERPT = 300;

/** An HTTP answer of any status. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON; undefined where there is none. */
  readonly body: unknown;
  /** The body's beginning for people: one line of at most 300 characters, without the key. */
  readonly excerpt: string;
  /** Why there is no `body`. */
  readonly problem: string | undefined;
  /** Seconds that the server asks to wait, not capped. */
  readonly retryAfter: number | undefined;
  /** The status says success, and the body is JSON. */
  readonly ok: boolean;
}

export interface Call {
  method?: "GET" | "POST" | "DELETE";
  body?: string | FormData | undefined;
  key?: Secret | undefined;
  headers?: Record<string, string>;
  /** Seconds for the whole call. */
  deadline?: number;
  /** Bytes of body that are read at most. */
  limit?: number;
  /** In place of the global one. */
  send?: typeof fetch;
}

/**
 * Send one request and read its answer, whatever the status.
 *
 * @throws NetworkError no answer came, or not all of it. The request may have arrived, unless it is
 * an UnreachableError.
 * @throws ServerError a redirect; those are not followed, because the key would go along.
 */
export async function call(url: string, call: Call = {}): Promise<Answer> {
  const { method = "GET", body, key, deadline = DEADLINE, limit = MAX_BODY } = call;
  const headers: Record<string, string> = { Accept: "application/json" };
  if (typeof body === "string") headers["Content-Type"] = "application/json";
  Object.assign(headers, call.headers);
  // A text Deno sends a second time by itself where a connection breaks off, whatever it began.
  const once = typeof body === "string" && !call.send ? new Blob([body]) : body;
  if (key) headers.Authorization = `Bearer ${key.reveal()}`;
  let failure: LLMKitError;
  try {
    const response = await (call.send ?? fetch)(url, {
      method,
      headers,
      body: once ?? null,
      redirect: "manual",
      signal: AbortSignal.timeout(deadline * 1000),
    });
    const { status } = response;
    if (status < 300 || status >= 400 || status === 304) {
      return digest(response, await read(response, limit), key);
    }
    failure = redirected(url, response, key);
    await response.body?.cancel();
  } catch (error) {
    failure = explain(error, url);
  }
  // Outside of the handler: what it was made from may hold the headers.
  throw failure;
}

async function read(response: Response, limit: number): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > limit) return undefined;
    parts.push(part);
  }
  return joined(parts);
}

/** One array of many. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function digest(response: Response, data: Uint8Array | undefined, key: Secret | undefined): Answer {
  const { status, headers } = response;
  const said = redactBody(new TextDecoder().decode(data), key);
  let [body, problem]: [unknown, string | undefined] = [undefined, "too large"];
  if (data) [body, problem] = parse(said);
  const ok = status >= 200 && status < 300 && problem === undefined;
  return {
    status,
    headers,
    body,
    problem,
    ok,
    excerpt: excerpt(said),
    retryAfter: retryAfter(headers),
  };
}

/** Read JSON that may be anything: the value, and what is wrong with it. */
export function parse(said: string): [unknown, string | undefined] {
  if (!said.trim()) return [undefined, "empty"];
  try {
    return [JSON.parse(said), undefined];
  } catch {
    try {
      // Numbers without bounds, which JSON does not have and some writers write.
      const without = said.replace(/([:,[]\s*)(?:NaN|-?Infinity)(?=\s*[,\]}])/g, "$1null");
      return [JSON.parse(without), undefined];
    } catch {
      return [undefined, "no JSON"];
    }
  }
}

/** One printable line of at most 300 characters. */
export function excerpt(said: string): string {
  const line = said
    .slice(0, 4096)
    .replace(/[\s\p{C}]+/gu, " ")
    .trim();
  return line.length <= EXCERPT ? line : `${line.slice(0, EXCERPT - 3)}...`;
}

function redirected(url: string, response: Response, key: Secret | undefined): ServerError {
  const to = response.headers.get("location") ?? "";
  const where = URL.canParse(to, url) ? new URL(to, url).href : "";
  return new ServerError(
    `${place(url)} redirects to ${redact(place(where), key)}. That is not followed, because the key would go ` +
      "along; if it is right, set that address as the provider's.",
    { status: response.status },
  );
}
