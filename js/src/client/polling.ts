// When to ask again: a pure function, so that every decision can be tested without waiting.
import { MAX_RETRY_AFTER } from "./transport/retry.ts";

const FIRST = 1; // seconds before the first poll of a job about which nothing is known
const FLOOR = 0.5;
const CAP = 10;
const EARLY = 15; // seconds between looks while the usual time is far from over, at the least
const EARLY_CAP = 120;
const SHARING = 10; // jobs in a request; more make the polls no more frequent
const MOST_A_SECOND = 200; // questions, where each job has one of its own
/** Seconds that a provider may not show an id yet. */
export const GRACE = 60;

/** Seconds that jobs of a kind took to generate: in the middle, and the extremes. */
export interface Usual {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export interface Circumstances {
  /** How long such jobs take. */
  usual?: Usual | undefined;
  /** Seconds that the last answer told us to wait; honoured up to a cap. */
  retryAfter?: number | undefined;
  /** How many jobs the request asks for: it costs each of them a part. */
  sharing?: number;
  /** How many jobs there are, where each is asked for by a request of its own. */
  alone?: number;
  /** A random number from 0 to 1; spreads delays by 10 % to both sides. */
  jitter?: number;
}

/** The seconds until the next poll of a job that was accepted so many seconds ago. */
export function nextDelay(elapsed: number, about: Circumstances = {}): number {
  const { usual, retryAfter, sharing = 1, alone = 1, jitter = 0.5 } = about;
  if (retryAfter !== undefined && retryAfter > 0) return Math.min(retryAfter, MAX_RETRY_AFTER);
  const spread = 0.9 + 0.2 * jitter;
  const share = Math.max(1, Math.min(sharing, SHARING));
  const floor = Math.max(FLOOR, Math.min(alone / MOST_A_SECOND, CAP));
  const within = (seconds: number) => Math.min(Math.max(floor, seconds), CAP) * spread;
  if (!usual || usual.median <= 0) return within(elapsed <= 0 ? FIRST : elapsed / (12 * share));
  // A few jobs say little about the extremes.
  const first = Math.min(0.97 * usual.low, 0.88 * usual.median);
  const last = Math.max(usual.high, 1.1 * usual.median);
  if (elapsed < first) {
    // Nothing is ready this early; a look now and then still finds an early failure.
    const early = Math.min(Math.max(EARLY, usual.median / 3), EARLY_CAP) * spread;
    return Math.max(floor, Math.min(early, first - elapsed));
  }
  // Around the usual end often, then less and less.
  return within(Math.max(0.03 * usual.median, (elapsed - last) / 8) / share);
}

/** Look at the latest times, in seconds. */
export function usualOf(seconds: readonly number[]): Usual | undefined {
  const sorted = [...seconds].sort((a, b) => a - b);
  const at = (place: number) => sorted[place] ?? 0;
  if (!sorted.length) return undefined;
  const half = (sorted.length - 1) / 2;
  const median = (at(Math.floor(half)) + at(Math.ceil(half))) / 2;
  return { median, low: at(0), high: at(sorted.length - 1) };
}
