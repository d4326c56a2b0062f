// Fetches one file: bounded, resumed after a cut, and with the key only where it belongs.
import {
  AuthenticationError,
  InvalidVideoError,
  LLMKitError,
  NetworkError,
  RateLimitError,
  ResultExpiredError,
  ServerError,
  VideoTooLargeError,
  WaitAbortedError,
} from "../errors.ts";
import { redact } from "../secret.ts";
import { checkName, checkUrl } from "./addresses.ts";
import { looksLikeVideo } from "./container.ts";
import { explain, place } from "./failures.ts";
import { excerpt } from "./http.ts";
import { decide, retryAfter } from "./retry.ts";
import type { VideoSource } from "./source.ts";

const HOPS = 5;
const EXCERPT = 4096; // bytes that one is made from
const RANGE = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/;

/** What a download may cost before it is broken off. */
export interface Rules {
  /** Bytes. */
  readonly limit: number;
  /** Failures in a row; a try that brought new bytes starts the count again. */
  readonly tries: number;
  /** Seconds that the headers may take, and over which the rate is measured. */
  readonly window: number;
  /** Bytes a second; less counts as a cut. */
  readonly rate: number;
  /** Seconds for everything; after that the next failure is final. */
  readonly patience: number;
  /** Factor on the pauses between tries. */
  readonly pace: number;
}

export const RULES: Rules = {
  limit: 2 ** 31,
  tries: 5,
  window: 60,
  rate: 1000,
  patience: 3600,
  pace: 1,
};

/** Bytes of the file. Those at 0 may come again: then all before is no part of it. */
export interface Piece {
  readonly at: number;
  readonly data: Uint8Array;
  /** Size of the file; 0 or no number where the server does not say it. */
  readonly total: number;
}

/** Which bytes are wanted; a server may begin earlier and go on for longer. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Gives a file's bytes in order, until whoever reads them stops. */
export type Pieces = (signal?: AbortSignal, span?: Span, rules?: Rules) => AsyncGenerator<Piece>;

/**
 * A file that is somewhere else. Reading it throws:
 *
 * - ResultExpiredError: the server says that the file is not there.
 * - AuthenticationError: the provider's own origin refused the key.
 * - InvalidVideoError: no video, a compressed or too large one, or a refused address.
 * - RateLimitError, ServerError, NetworkError: time after time.
 * - WaitAbortedError: by the signal.
 */
export function remote(source: VideoSource, usual: Rules): Pieces {
  const { bytes, first, url, renew, key, allowPrivate } = source;
  const own = new URL(source.ownOrigin).origin;
  let found: string | undefined; // where it was the last time

  async function* pieces(
    signal?: AbortSignal,
    span?: Span,
    rules: Rules = usual,
  ): AsyncGenerator<Piece> {
    if (bytes) {
      yield { at: 0, data: await unless(signal, Promise.resolve(bytes)), total: bytes.length };
      return;
    }
    let failure = new LLMKitError("The provider reports a video and gives no address.");
    const tried = new Set<string>();
    // Addresses expire before results do: in the end there may be a new one.
    for (const find of [() => found, () => first, () => url, renew]) {
      const address = await unless(signal, Promise.resolve(find?.()));
      if (!address || tried.has(address)) continue;
      tried.add(address);
      try {
        for await (const piece of file(address, signal, span, rules)) {
          found = address;
          yield piece;
        }
        return;
      } catch (error) {
        const isElsewhere =
          error instanceof ResultExpiredError || error instanceof InvalidVideoError;
        if (!isElsewhere || error instanceof VideoTooLargeError) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  async function* file(
    url: string,
    signal: AbortSignal | undefined,
    span: Span | undefined,
    { limit, tries, window, rate, patience, pace }: Rules,
  ): AsyncGenerator<Piece> {
    const started = Date.now();
    let received = span?.from ?? 0; // bytes, in order
    let furthest = received;
    let failures = 0;
    let total = 0;
    let etag: string | null = null;
    let validator: string | null = null;
    const check = (size: number) => {
      if (size > limit) {
        throw new VideoTooLargeError(`The file is larger than the limit of ${limit} bytes.`);
      }
    };
    for (;;) {
      const stop = new AbortController();
      const abort = () => stop.abort();
      signal?.addEventListener("abort", abort);
      if (signal?.aborted) abort();
      let brought = 0;
      const watch = setInterval(() => {
        if (brought < rate * window) stop.abort(new DOMException("timed out", "TimeoutError"));
        brought = 0;
      }, window * 1000);
      let failure: LLMKitError;
      try {
        // The rest, if it can be told that it belongs to the same file; else all.
        const range = `bytes=${received}-${span?.to ?? ""}`;
        const resumes = received && validator;
        const [response, keyed] = await send(
          url,
          resumes
            ? { Range: range, "If-Range": resumes }
            : span?.from === received
              ? { Range: range }
              : {},
          stop.signal,
        );
        brought = rate * window; // the rate is that of the body
        const { status, headers } = response;
        const where = place(response.url);
        const [, from, size] = RANGE.exec(headers.get("content-range") ?? "") ?? [];
        // There is nothing after what came.
        if (status === 416 && received && Number(size) === received) return;
        const isFile = status === 200 || status === 206;
        if (isFile && !/^(identity)?$/i.test(headers.get("content-encoding") ?? "")) {
          // Not unpacked: kilobytes can become gigabytes.
          throw new InvalidVideoError(`${where} sent compressed data, no video.`);
        }
        const tag = headers.get("etag");
        const goesOn =
          status === 206
            ? // Also several parts may be in one answer, and some servers ignore If-Range.
              Number(from) === received &&
              (!total || size === "*" || Number(size) === total) &&
              (!etag || !tag || etag === tag)
            : status === 200 && !received;
        if (!goesOn && (isFile || status === 416)) {
          received = total = 0;
          etag = validator = null;
          if (status !== 200) {
            throw new NetworkError(`${where} has another file there now; starting again.`);
          }
        }
        if (isFile) {
          total ||= Number(size ?? headers.get("content-length"));
          check(total);
          etag ??= tag;
          validator ??= tag && !tag.startsWith("W/") ? tag : headers.get("last-modified");
        }
        let begun = new Uint8Array();
        for await (let data of response.body ?? []) {
          brought += data.length;
          if (!isFile || !received) {
            begun = joined([begun, data]);
            // How a file begins outweighs its type.
            if (!isFile || !looksLikeVideo(begun)) {
              if (begun.length < EXCERPT) continue;
              break;
            }
            data = begun;
          }
          const at = received;
          received += data.length;
          check(received);
          yield { at, data, total };
        }
        if (!isFile) throw refusal(response, where, said(begun), keyed);
        if (!received) throw new InvalidVideoError(`${where} sent no video${said(begun)}.`);
        if (!total || received >= Math.min(total, (span?.to ?? total) + 1)) return;
        throw new NetworkError(`${where} broke off after ${received} of ${total} bytes.`);
      } catch (error) {
        if (signal?.aborted) failure = abortedBy(signal);
        else failure = error instanceof LLMKitError ? error : explain(error, url);
      } finally {
        clearInterval(watch);
        signal?.removeEventListener("abort", abort);
        stop.abort(); // what is left of the answer
      }
      // Outside of the handler: what it was made from may hold the key's header. Counted from the
      // furthest byte ever: always breaking off at the same place is no progress.
      failures = received > furthest ? 1 : failures + 1;
      furthest = Math.max(furthest, received);
      const wait = decide(failure, failures, { reads: true, jitter: Math.random() });
      const spent = (Date.now() - started) / 1000;
      if (wait === undefined || failures >= tries || spent + wait > patience) throw failure;
      await pause(wait * pace, signal);
    }
  }

  /** One request through its redirects: the answer, and whether the key went along. */
  async function send(
    url: string,
    ranges: Record<string, string>,
    signal: AbortSignal,
  ): Promise<[Response, boolean]> {
    let to = checkUrl(url, own, allowPrivate);
    for (let hop = 0; hop <= HOPS; hop += 1) {
      const isOwn = to.origin === own;
      if (!isOwn && !allowPrivate) await checkName(to.hostname);
      const keyed = isOwn && key ? { Authorization: `Bearer ${key.reveal()}` } : undefined;
      const headers = { "Accept-Encoding": "identity", ...ranges, ...keyed };
      const response = await fetch(to, { headers, redirect: "manual", signal });
      if (![301, 302, 303, 307, 308].includes(response.status)) return [response, !!keyed];
      await response.body?.cancel();
      const next = response.headers.get("location") ?? "";
      to = checkUrl(URL.canParse(next, to) ? new URL(next, to).href : next, own, allowPrivate);
    }
    throw new InvalidVideoError(`${place(url)} redirects too often.`);
  }

  /** What an answer says, for people. */
  function said(data: Uint8Array): string {
    const text = redact(new TextDecoder().decode(data.subarray(0, EXCERPT)), key);
    // A key that was cut in two at the end was not recognised as one.
    const shown = excerpt(data.length < EXCERPT ? text : text.slice(0, EXCERPT / 2));
    return shown && ` (${shown})`;
  }

  return pieces;
}

/** The error for an answer that is no file. */
function refusal(
  { status, headers }: Response,
  where: string,
  said: string,
  keyed: boolean,
): LLMKitError {
  const retryAfterSeconds = retryAfter(headers);
  const of = (type: typeof LLMKitError, words: string) =>
    new type(`${where} ${words}${said}.`, { status, retryAfterSeconds });
  if (status === 429 || (status === 503 && retryAfterSeconds !== undefined)) {
    return of(RateLimitError, "asks to wait");
  }
  const answered = `answered with status ${status} instead of a video`;
  if (status === 408 || status >= 500) return of(ServerError, answered);
  if (status === 401 && keyed) return of(AuthenticationError, "refused the key for the video");
  if (status === 404 || status === 410) {
    return of(ResultExpiredError, `does not have the video any more: status ${status}`);
  }
  // 401 and 403 are said of addresses that have expired, and by a firewall of files that exist.
  return of(InvalidVideoError, answered);
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

/** Await something until a signal ends the waiting. */
export function unless<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(abortedBy(signal));
    signal?.addEventListener("abort", end);
    if (signal?.aborted) end();
    work.then(resolve, reject).finally(() => signal?.removeEventListener("abort", end));
  });
}

function abortedBy(signal: AbortSignal | undefined): WaitAbortedError {
  const error = new WaitAbortedError("Stopped reading the video; it is still at the provider.");
  error.cause = signal?.reason;
  return error;
}

async function pause(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const passed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, seconds * 1000);
  });
  await unless(signal, passed).finally(() => clearTimeout(timer));
}
