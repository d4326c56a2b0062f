// When to try again: pure functions over what came back, so that tests need not wait.
import {
  type LLMKitError,
  NetworkError,
  NotTakenError,
  RateLimitError,
  ServerError,
  UnreachableError,
  UntrustedServerError,
  WrongAddressError,
} from "../errors.ts";

/** Seconds; a server that asks for more is asked again after this long. */
export const MAX_RETRY_AFTER = 120;
const FIRST = 0.5; // seconds before the first repetition
const CAP = 8;
const SUBMIT_REPEATS = 2;
// 520 to 524 and 529 are what a content network in front of a server answers when that is down.
const TRANSIENT = [408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529];

/**
 * Read a `Retry-After` header: a number of seconds, or a date.
 *
 * @param now seconds since 1970.
 * @returns seconds from now, never negative and not capped; `undefined` where nothing usable is said.
 */
export function parseRetryAfter(value: string | null | undefined, now: number): number | undefined {
  const text = value?.trim();
  if (!text) return undefined;
  const seconds = decimal(text);
  if (seconds >= 0) return seconds;
  // A parser of dates makes one of nearly anything that has a number in it.
  if (!/^[a-z]{3,9},? |^\d+ /i.test(text) || !/\d:\d\d/.test(text)) return undefined;
  // Without a zone it is meant as GMT, which is what HTTP dates are.
  const date = Date.parse(/(?:GMT|UTC|[-+]\d{4})$/.test(text) ? text : `${text} GMT`) / 1000;
  return Number.isNaN(date) ? undefined : Math.max(date - now, 0);
}

/** A finite number as people and headers write it; NaN for anything else that JavaScript reads. */
export function decimal(text: string): number {
  const number = /^[-+]?(?:\d+\.?|\d*\.\d+)\d*(?:e[-+]?\d+)?$/i.test(text)
    ? Number(text)
    : Number.NaN;
  return Number.isFinite(number) ? number : Number.NaN;
}

/** The seconds that an answer's headers ask to wait; `retry-after-ms` goes first. */
export function retryAfter(headers: Headers, now = Date.now() / 1000): number | undefined {
  const exact = parseRetryAfter(headers.get("retry-after-ms"), now);
  return exact === undefined ? parseRetryAfter(headers.get("retry-after"), now) : exact / 1000;
}

/** Whether an HTTP status tells of something that may pass. */
export function isTransient(status: number): boolean {
  return TRANSIENT.includes(status);
}

/**
 * The seconds before a failed call is repeated.
 *
 * @param attempt how many tries have failed, from 1.
 * @param retryAfter seconds that the server asked for; honoured up to `MAX_RETRY_AFTER`.
 * @param jitter a random number from 0 to 1 that takes up to a quarter off.
 */
export function delay(attempt: number, retryAfter: number | undefined, jitter: number): number {
  if (retryAfter !== undefined && retryAfter > 0) return Math.min(retryAfter, MAX_RETRY_AFTER);
  return Math.min(FIRST * 2 ** Math.min(attempt - 1, 10), CAP) * (1 - 0.25 * jitter);
}

/**
 * The seconds until the next try, or `undefined` to give up.
 *
 * A call that only reads is repeated as long as its failure may pass; how long in all is the
 * caller's business. A submission is repeated at most twice, and only where the provider takes the
 * same id twice for one job, or where it never began: a rate limit, no connection.
 */
export function decide(
  failure: LLMKitError,
  attempt: number,
  call: { reads: boolean; idempotent?: boolean; jitter: number },
): number | undefined {
  if (!call.reads && attempt > SUBMIT_REPEATS) return undefined;
  const wait = delay(attempt, failure.retryAfterSeconds, call.jitter);
  if (failure instanceof RateLimitError || failure instanceof UnreachableError) return wait;
  // A hotel's login page looks like this and goes away. Asking again, still verifying, is harmless;
  // a submission has nothing to lose yet.
  if (failure instanceof UntrustedServerError) return call.reads ? CAP : undefined;
  return (call.reads || call.idempotent) && mayPass(failure) ? wait : undefined;
}

function mayPass(failure: LLMKitError): boolean {
  if (failure instanceof NotTakenError) return true;
  if (failure instanceof ServerError) {
    // Nonsense under a good status is some proxy's page as a rule.
    const { status } = failure;
    return status === undefined || (status >= 200 && status < 300) || isTransient(status);
  }
  return failure instanceof NetworkError;
}

/** Whether a submission that was answered like that, or not at all, may have been taken. */
export function mayHaveArrived(answer: unknown): boolean {
  for (const certain of [
    UnreachableError,
    UntrustedServerError,
    NotTakenError,
    WrongAddressError,
  ]) {
    if (answer instanceof certain) return false;
  }
  return answer === undefined || answer instanceof NetworkError || answer instanceof ServerError;
}
