// Reads what a server complains of, in any of the shapes that such servers use.
import type { Answer } from "../../transport/http.ts";
import { type Fields, isObject, list, object, text } from "./records.ts";

const MAX_FIELDS = 10;
const MAX_DEPTH = 4; // errors inside errors
const UNKNOWN =
  /unknown|unrecogni[sz]ed|unexpected|extra (?:inputs?|fields?)|not permitted|unsupported param|does ?n[o']t support param|not support(?:ed)? param|no such param/i;
const CODES = /^(?:unknown_parameter|extra_forbidden|unsupported_parameter)$/;
const MISSING = /missing|required|must be (?:provided|given)/i;
// LiteLLM quotes what the server behind it has answered, between words of its own.
const QUOTES = /litellm\.\w+: (?:\w+: )*\w+ - /;
const AFTER = /\n\nLiteLLM:|\. Received Model Group=/;

/** What an answer says is wrong. */
export interface Complaint {
  readonly message: string;
  readonly code?: string | undefined;
  /** Those of the body that it names. */
  readonly fields: readonly string[];
  /** A proxy quotes it from the server behind it. */
  readonly quoted?: boolean;
}

/** The complaint of an answer; what is no JSON is quoted as it begins. */
export function complaintOf({ body, excerpt }: Pick<Answer, "body" | "excerpt">): Complaint {
  return (
    (isObject(body) ? read(object(body), excerpt, 0) : undefined) ?? {
      // Of a gateway's page, the words.
      message: isMarkup(excerpt)
        ? excerpt
            .replace(/<[^<>]{0,200}>/g, " ")
            .replace(/\s+/g, " ")
            .trim()
        : excerpt,
      fields: [],
    }
  );
}

export function isMarkup(excerpt: string): boolean {
  return excerpt.trimStart().startsWith("<");
}

/** The JSON that a proxy quotes in its error from the server behind it, if it does. */
export function quotedIn(body: unknown): unknown {
  return unquoted(object(object(body).error).message)?.inner;
}

/** Whether it says that a field is not there. */
export function misses(said: Complaint, field: string): boolean {
  return (
    MISSING.test(said.message) && (said.fields.includes(field) || among(said, [field]).length > 0)
  );
}

/** Whether it says that fields which were sent do not exist there. */
export function ofUnknown(said: Complaint, sent: readonly string[]): boolean {
  const told = CODES.test(said.code ?? "") || UNKNOWN.test(said.message);
  return told && among(said, sent).length > 0;
}

/** The fields that were sent and are meant: those named, else those in the words. */
export function among(said: Complaint, sent: readonly string[]): string[] {
  const named = said.fields.filter((each) => sent.includes(each));
  const words: string[] = said.message.match(/[A-Za-z_][A-Za-z0-9_]{0,60}/g) ?? [];
  return named.length ? named : words.filter((each) => sent.includes(each));
}

function read(values: Fields, excerpt: string, depth: number): Complaint | undefined {
  if (depth > MAX_DEPTH) return undefined;
  const { error, detail, message } = values;
  if (isObject(error)) return ofObject(object(error), excerpt, depth);
  if (typeof error === "string") return { message: text(error) ?? "", fields: [] };
  if (isObject(detail)) return ofObject(object(detail), excerpt, depth);
  if (typeof detail === "string") return { message: text(detail) ?? "", fields: [] };
  if ("detail" in values) return ofDetails(list(detail), excerpt);
  if (typeof message === "string") return ofObject(values, excerpt, depth);
  return { message: excerpt, fields: [] };
}

function ofObject(error: Fields, excerpt: string, depth: number): Complaint | undefined {
  let { message, code } = error;
  // A proxy that wraps another's error.
  if (isObject(message)) return read({ error: message }, excerpt, depth + 1);
  if (error.type === "no_db_connection") code = error.type;
  const { inner, words } = unquoted(message) ?? {};
  if (isObject(inner)) {
    const said = read(object(inner), excerpt, depth + 1);
    return said && { ...said, quoted: true };
  }
  if (typeof message !== "string") message = "";
  return {
    message: text(words || message) ?? excerpt,
    code: typeof code === "string" ? code.slice(0, 100) : undefined,
    fields: typeof error.param === "string" && error.param ? [first(error.param)] : [],
  };
}

/** FastAPI's list with the place of each error. */
function ofDetails(details: readonly unknown[], excerpt: string): Complaint {
  const parts: string[] = [];
  const fields: string[] = [];
  const kinds = new Set<string>();
  for (const each of details.slice(0, MAX_FIELDS).filter(isObject)) {
    const { loc, msg, type } = object(each);
    const named = list(loc).filter((place) => typeof place === "string" && place !== "body");
    const words = typeof msg === "string" ? (text(msg) ?? "") : "refused";
    parts.push(named.length ? `${named.join(".")}: ${words}` : words);
    fields.push(...(named.slice(0, 1) as string[]));
    if (typeof type === "string") kinds.add(type);
  }
  const [code] = kinds.size === 1 ? kinds : [];
  return { message: text(parts.join("; ")) ?? excerpt, code, fields };
}

/** The JSON in a proxy's quotation, and the words in it. */
function unquoted(message: unknown): { inner: unknown; words: string } | undefined {
  if (typeof message !== "string") return undefined;
  const whole = message.slice(0, 65_536);
  const found = QUOTES.exec(whole);
  if (!found) return undefined;
  const rest = whole.slice(found.index + found[0].length);
  const words = (rest.split(AFTER)[0] ?? "").trim();
  try {
    return { inner: JSON.parse(words.slice(0, words.lastIndexOf("}") + 1)), words };
  } catch {
    return { inner: undefined, words };
  }
}

/** The field of a path such as `body.prompt`. */
function first(place: string): string {
  return place.replace(/^body\./, "").split(".")[0] ?? "";
}
