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
import { onAbort } from "../signals.ts";
import { checkName, checkUrl } from "./addresses.ts";
import { looksLikeVideo } from "./container.ts";
import { explain, place } from "./failures.ts";
import { excerpt, joined } from "./http.ts";
import { redact } from "./redact.ts";
import { decide, retryAfter } from "./retry.ts";
import type { VideoSource } from "./source.ts";

const HOPS = 5;
const RATE = 1000; // bytes a second; less counts as a cut
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
  /** Seconds for everything; after that the next failure is final. */
  readonly patience: number;
  /** Factor on the pauses between tries. */
  readonly pace: number;
  /** Seconds for a look at what the file says of itself, which holds up the end of a job. */
  readonly looking: number;
}

export const RULES: Rules = {
  limit: 2 ** 31,
  tries: 5,
  window: 60,
  patience: 3600,
  pace: 1,
  looking: 15,
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
export type Pieces = (
  rules: Rules,
  signal?: AbortSignal | undefined,
  span?: Span,
) => AsyncGenerator<Piece>;

/**
 * A file that is somewhere else. Reading it throws:
 *
 * - ResultExpiredError: the server says that the file is not there.
 * - AuthenticationError: the provider's own origin refused the key.
 * - InvalidVideoError: no video, a compressed or too large one, or a refused address.
 * - RateLimitError, ServerError, NetworkError: time after time.
 * - WaitAbortedError: by the signal.
 */
export function remote({ first, url, renew, key, allowPrivate, ownOrigin }: VideoSource): Pieces {
  const own = new URL(ownOrigin).origin;
  let found: string | undefined; // where it was the last time

  async function* pieces(
    rules: Rules,
    signal?: AbortSignal | undefined,
    span?: Span,
  ): AsyncGenerator<Piece> {
    let failure = new LLMKitError("The provider reports a video and gives no address.");
    const tried: unknown[] = [undefined];
    // Addresses expire before results do: in the end there may be a new one.
    for (const find of [() => found, () => first, () => url, renew]) {
      const address = await unless(signal, find?.());
      if (!address || tried.includes(address)) continue;
      tried.push(address);
      try {
        for await (const piece of file(address, rules, signal, span)) {
          found = address;
          yield piece;
        }
        return;
      } catch (error) {
        const isGone = error instanceof ResultExpiredError || error instanceof InvalidVideoError;
        if (!isGone || error instanceof VideoTooLargeError) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  async function* file(
    url: string,
    { limit, tries, window, patience, pace }: Rules,
    signal: AbortSignal | undefined,
    span: Span | undefined,
  ): AsyncGenerator<Piece> {
    const started = Date.now();
    let received = span?.from ?? 0; // bytes, in order
    let furthest = received;
    let [failures, total] = [0, 0];
    let etag: string | null = null;
    let validator: string | null = null;
    for (;;) {
      const stop = new AbortController();
      let brought = 0;
      const watch = setInterval(() => {
        if (brought < RATE * window) stop.abort(new DOMException("timed out", "TimeoutError"));
        brought = 0;
      }, window * 1000);
      let failure: LLMKitError;
      try {
        // The rest, if it can be told that it belongs to the same file; else all.
        const ranges: Record<string, string> = {};
        const resumes = received && validator;
        if (resumes) ranges["If-Range"] = resumes;
        if (resumes || span?.from === received)
          ranges.Range = `bytes=${received}-${span?.to ?? ""}`;
        const [response, keyed] = await unless(signal, send(url, ranges, stop.signal));
        brought = RATE * window; // the rate is that of the body
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
            : !received;
        if (!goesOn && (isFile || status === 416)) {
          received = total = 0;
          etag = validator = null;
          if (status !== 200) throw new NetworkError(`${where} has another file there now.`);
        }
        if (isFile) {
          total ||= Number(size ?? headers.get("content-length"));
          etag ??= tag;
          validator ??= tag && !tag.startsWith("W/") ? tag : headers.get("last-modified");
        }
        let begun = new Uint8Array();
        const reader = response.body?.getReader();
        for (;;) {
          let data: Uint8Array | undefined = (await unless(signal, reader?.read()))?.value;
          if (!data) break;
          brought += data.length;
          if (!isFile || !received) {
            data = begun = joined([begun, data]);
            // How a file begins outweighs its type.
            if (!isFile || !looksLikeVideo(data)) {
              if (data.length < EXCERPT) continue;
              break;
            }
          }
          const at = received;
          received += data.length;
          if (total > limit || received > limit) {
            throw new VideoTooLargeError(`The file is larger than the limit of ${limit} bytes.`);
          }
          yield { at, data, total };
        }
        const text = excerpt(redact(new TextDecoder().decode(begun), key));
        const said = text && ` (${text})`;
        if (!isFile) throw refusal(response, where, said, keyed);
        if (!received) throw new InvalidVideoError(`${where} sent no video${said}.`);
        if (!total || received >= Math.min(total, (span?.to ?? total) + 1)) return;
        throw new NetworkError(`${where} broke off after ${received} of ${total} bytes.`);
      } catch (error) {
        failure = error instanceof LLMKitError ? error : explain(error, url);
      } finally {
        clearInterval(watch);
        stop.abort(); // what is left of the answer
      }
      // Outside of the handler: what it was made from may hold the key's header. Counted from the
      // furthest byte ever: always breaking off at the same place is no progress.
      failures = received > furthest ? 1 : failures + 1;
      furthest = Math.max(furthest, received);
      const wait = decide(failure, failures, { reads: true, jitter: Math.random() });
      const spent = (Date.now() - started) / 1000;
      if (wait === undefined || failures >= tries || spent + wait > patience) throw failure;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const passed = new Promise((resolve) => {
        timer = setTimeout(resolve, wait * pace * 1000);
      });
      await unless(signal, passed).finally(() => clearTimeout(timer));
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
  // 401 and 403 are said of addresses that have expired, and by a firewall of files that exist.
  let [type, words]: [typeof LLMKitError, string] = [InvalidVideoError, "did not give the video"];
  if (status === 404 || status === 410) {
    [type, words] = [ResultExpiredError, "does not have the video any more"];
  } else if (status === 401 && keyed) {
    [type, words] = [AuthenticationError, "refused the key"];
  } else if (status === 429 || (status === 503 && retryAfterSeconds !== undefined)) {
    [type, words] = [RateLimitError, "asks to wait"];
  } else if (status === 408 || status >= 500) type = ServerError;
  return new type(`${where} ${words}: status ${status}${said}.`, { status, retryAfterSeconds });
}

/** Await something until a signal ends the waiting. */
export function unless<T>(signal: AbortSignal | undefined, work: T | Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const forget = onAbort(signal, () => {
      const said = "Stopped reading the video; it is still at the provider.";
      reject(Object.assign(new WaitAbortedError(said), { cause: signal?.reason }));
    });
    Promise.resolve(work).then(resolve, reject).finally(forget);
  });
}
