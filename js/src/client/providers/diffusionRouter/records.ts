// Reads what servers say of a job: one shape here, whichever of them said it.
//
// Everything is checked and bounded, so that the rest can rely on its types and on its being small.
import type { Update } from "../provider.ts";

const MAX_TEXT = 500; // characters of a message from outside
const MAX_ID = 2000; // a proxy packs where a job runs into its id
const MAX_ADDRESS = 16_384;
const MAX_LISTED = 1000;

const DONE = /^(?:completed?|succeeded|success|done|finished|ready)$/i;
const FAILED = /^(?:failed|failure|error|expired)$/i;
const CANCELLED = /^(?:cancell?ed|deleted|aborted)$/i;
const WAITING = /^(?:queued|pending|waiting|scheduled|created|submitted|in_queue)$/i;
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

/** An object of JSON, or an empty one in place of anything else. */
export function object(value: unknown): Fields {
  return typeof value === "object" && value && !Array.isArray(value) ? (value as Fields) : {};
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value.slice(0, MAX_LISTED) : [];
}

/** A short text, on one line; undefined for all else. */
export function text(value: unknown, most = MAX_TEXT): string | undefined {
  const said = typeof value === "number" && Number.isFinite(value) ? String(value) : value;
  if (typeof said !== "string") return undefined;
  const line = said
    .slice(0, 4 * most)
    .replace(/\s+/g, " ")
    .trim();
  return (line.length <= most ? line : `${line.slice(0, most - 3)}...`) || undefined;
}

/** A name that can be shown and sent back. */
export function printable(value: unknown, most: number): value is string {
  return typeof value === "string" && value.length <= most && /^(?:[^\p{C}\p{Z}]| )+$/u.test(value);
}

/** The job that an answer tells of; undefined where it tells of none. */
export function readRecord(body: unknown): JobRecord | undefined {
  let values = object(body);
  const { data } = values;
  const found = object(Array.isArray(data) ? list(data).find(isObject) : data);
  let id = idOf(values);
  if (id === undefined) {
    values = found; // some wrap it
    id = idOf(values);
  }
  // An error may have an id too, of the request that went wrong.
  if (id === undefined || !(values.status || values.object || "created_at" in values)) {
    return undefined;
  }
  const status = text(values.status, 100);
  const word = status ?? "";
  const cancelled = CANCELLED.test(word);
  const failed = cancelled || FAILED.test(word);
  const waiting = WAITING.test(word);
  const error = object(values.error);
  return {
    id,
    status,
    state: DONE.test(word) ? "succeeded" : failed ? "failed" : "processing",
    waiting,
    cancelled,
    progress: share(number(values.progress)),
    queuePosition: waiting ? place(values) : undefined,
    url: address(values) ?? address(found),
    encoded: string(found.b64_json) ?? string(values.b64_json),
    error:
      typeof values.error === "string"
        ? text(values.error)
        : (text(error.message) ?? text(error.detail)),
    errorCode: text(error.code, 100),
  };
}

/** The jobs of a list, and whether there are more; undefined where it is no list. */
export function readList(body: unknown): { records: JobRecord[]; more: boolean } | undefined {
  const entries = Array.isArray(body) ? body : object(body).data;
  if (!Array.isArray(entries)) return undefined;
  const records = list(entries).flatMap((each) => (isObject(each) ? (readRecord(each) ?? []) : []));
  return { records, more: object(body).has_more === true };
}

export function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function idOf(values: Fields): string | undefined {
  return [values.id, values.video_id, values.job_id].find((each) => printable(each, MAX_ID)) as
    | string
    | undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function string(value: unknown): string | undefined {
  return typeof value === "string" && value ? value : undefined;
}

/** Servers count to 100, and a fraction is one of 1. Some tell no progress but 0 until the end. */
function share(progress = 0): number | undefined {
  const found = progress < 1 ? progress : progress / 100;
  return found > 0 && found <= 1 ? found : undefined;
}

function place(values: Fields): number | undefined {
  const queue = object(values.queue);
  const found = PLACES.map((name) => number(values[name]) ?? number(queue[name])).find(
    (each) => each !== undefined && each >= 0 && each < 1e6,
  );
  // Some count from 0.
  return found === undefined ? undefined : Math.max(1, Math.floor(found));
}

function address(values: Fields): string | undefined {
  for (const each of [values.url, values.video_url, list(values.urls)[0]]) {
    if (typeof each !== "string" || each.length > MAX_ADDRESS) continue;
    // With a name and a password in it, it would be shown with them.
    if (/^https?:\/\/[^/@]*(?:\/|$)/i.test(each.trim())) return each.trim();
  }
  return undefined;
}
