// Reads what servers say of a job: one shape here, whichever of them said it.
//
// Everything is checked and bounded, so that the rest can rely on its types and on its being small.
import type { Update } from "../provider.ts";

const MAX_TEXT = 500; // characters of a message from outside
const MAX_ID = 2000; // a proxy packs where a job runs into its id
const MAX_ADDRESS = 16_384;
const MAX_LISTED = 1000;

const DONE = /^(completed?|succeeded|success|done|finished|ready)$/i;
const FAILED = /^(failed|failure|error|expired)$/i;
const CANCELLED = /^(cancell?ed|deleted|aborted)$/i;
const WAITING = /^(queued|pending|waiting|scheduled|created|submitted|in_queue)$/i;
const PLACES = ["queue_position", "position_in_queue", "queue_pos", "queue_index", "position"];

/** A job as a server tells of it. */
export interface JobRecord {
  readonly id: string;
  /** The server's own word. */
  readonly status: string | undefined;
  /** What the word means; one that nobody knows counts as processing. */
  readonly state: Exclude<Update["state"], "unknown">;
  readonly waiting: boolean;
  readonly cancelled: boolean;
  readonly progress: number | undefined;
  readonly queuePosition: number | undefined;
  /** Where the video is, if that is an http(s) address. A path on the server is none. */
  readonly url: string | undefined;
  /** The video itself, in base64. */
  readonly encoded: string | undefined;
  readonly error: string | undefined;
  readonly errorCode: string | undefined;
  /** Seconds until the server wants to be asked again. */
  readonly retryAfter?: number | undefined;
}

export type Fields = Record<string, unknown>;

/** An object of JSON; undefined for anything else. */
export function object(value: unknown): Fields | undefined {
  return typeof value === "object" && value && !Array.isArray(value)
    ? (value as Fields)
    : undefined;
}

/** The objects of a list, as many as anybody needs. */
export function objects(value: unknown): Fields[] {
  return list(value)
    .map(object)
    .filter((each) => each !== undefined);
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value.slice(0, MAX_LISTED) : [];
}

/** A text that is not empty. */
export function string(value: unknown): string | undefined {
  return typeof value === "string" && value ? value : undefined;
}

/** A short text, on one line; undefined for all else. */
export function text(value: unknown, most = MAX_TEXT): string | undefined {
  const said = number(value) === undefined ? string(value) : `${value}`;
  const line = said
    ?.slice(0, 4 * most)
    .replace(/\s+/g, " ")
    .trim();
  return (line && line.length > most ? `${line.slice(0, most - 3)}...` : line) || undefined;
}

/** The first that is a name which can be shown and sent back. */
export function nameAmong(values: readonly unknown[], most: number): string | undefined {
  const isName = (each: unknown) =>
    /^([^\p{C}\p{Z}]| )+$/u.test(string(each)?.slice(0, most + 1) ?? "");
  return values.find((each) => isName(each) && (each as string).length <= most) as string;
}

/** The job that an answer tells of; undefined where it tells of none. */
export function readRecord(body: unknown): JobRecord | undefined {
  const whole = object(body);
  // Some wrap it.
  const inner = objects(whole?.data)[0] ?? object(whole?.data) ?? {};
  const values = whole && idOf(whole) ? whole : inner;
  const id = idOf(values);
  // An error may have an id too, of the request that went wrong.
  if (!id || !(values.status || values.object || "created_at" in values)) return undefined;
  const status = text(values.status, 100);
  const is = (words: RegExp) => words.test(status ?? "");
  const cancelled = is(CANCELLED);
  const { error } = values;
  const { message, detail, code } = object(error) ?? {};
  return {
    id,
    status,
    state: is(DONE) ? "succeeded" : cancelled || is(FAILED) ? "failed" : "processing",
    waiting: is(WAITING),
    cancelled,
    progress: share(number(values.progress)),
    queuePosition: place(values),
    url: address(values) ?? address(inner),
    encoded: string(inner.b64_json) ?? string(values.b64_json),
    error: text(string(error)) ?? text(message) ?? text(detail),
    errorCode: text(code, 100),
  };
}

/** The jobs of a list, and whether there are more; undefined where it is no list. */
export function readList(body: unknown): { records: JobRecord[]; more: boolean } | undefined {
  const { data, has_more } = object(body) ?? { data: body };
  if (!Array.isArray(data)) return undefined;
  const records = objects(data).flatMap((each) => readRecord(each) ?? []);
  return { records, more: has_more === true };
}

function idOf({ id, video_id, job_id }: Fields): string | undefined {
  return nameAmong([id, video_id, job_id], MAX_ID);
}

function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** Servers count to 100, and a fraction is one of 1. Some tell no progress but 0 until the end. */
function share(progress = 0): number | undefined {
  const found = progress < 1 ? progress : progress / 100;
  return found > 0 && found <= 1 ? found : undefined;
}

function place(values: Fields): number | undefined {
  const found = PLACES.map((name) => number(values[name]) ?? number(object(values.queue)?.[name]));
  const first = found.find((each = -1) => each >= 0 && each < 1e6);
  // Some count from 0.
  return first === undefined ? undefined : Math.floor(first) || 1;
}

function address({ url, video_url, urls }: Fields): string | undefined {
  const found = [url, video_url, list(urls)[0]].map((each) => string(each)?.trim() ?? "");
  // With a name and a password in it, it would be shown with them.
  return found.find((each) => each.length <= MAX_ADDRESS && /^https?:\/\/[^/@]*(\/|$)/i.test(each));
}
