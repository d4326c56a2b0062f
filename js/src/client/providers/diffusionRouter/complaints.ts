// Reads what a server complains of, in any of the shapes that such servers use.
import type { Answer } from "../../transport/http.ts";
import { list, object, objects, string, text } from "./records.ts";

const MAX_FIELDS = 10;
const MAX_DEPTH = 8; // errors inside errors
const UNKNOWN =
  /unknown|unrecogni[sz]ed|unexpected|extra.(input|field|forbidden)|not permitted|unsupported.param|not support(ed)? param|does ?n[o']t support param|no such param/i;
const MISSING = /missing|required|must be (provided|given)/i;
// LiteLLM quotes what the server behind it has answered, between words of its own.
const QUOTED = /litellm\.\w+: (?:\w+: )*\w+ - (.*?)(?:\n\nLiteLLM:|\. Received Model Group=|$)/s;

/** What an answer says is wrong. */
export interface Complaint {
  readonly message: string;
  readonly code?: string | undefined;
  /** Those of the body that it names. */
  readonly fields: readonly string[];
  /** A proxy quotes it from the server behind it. */
  readonly quoted?: boolean;
}

/** The complaint of an answer; what is no JSON is quoted as it begins, a page by its words. */
export function complaintOf({ body, excerpt }: Pick<Answer, "body" | "excerpt">): Complaint {
  const page = /^\s*</.test(excerpt);
  const message = page ? text(excerpt.replace(/<[^<>]{0,200}>/g, " ")) : excerpt;
  return { fields: [], message: message ?? "", ...(object(body) && read(body, 0)) };
}

/** The JSON that a proxy quotes in its error from the server behind it, if it does. */
export function quotedIn(body: unknown): unknown {
  return unquoted(object(object(body)?.error)?.message)[0];
}

/** Whether it says that a field is not there. */
export function misses(said: Complaint, field: string): boolean {
  const named = said.fields.includes(field) || among(said, [field]).length > 0;
  return named && MISSING.test(said.message);
}

/** Whether it says that fields which were sent do not exist there. */
export function ofUnknown(said: Complaint, sent: readonly string[]): boolean {
  const told = UNKNOWN.test(`${said.code?.replaceAll("_", " ")} ${said.message}`);
  return told && among(said, sent).length > 0;
}

/** The fields that were sent and are meant: those named, else those in the words. */
export function among({ fields, message }: Complaint, sent: readonly string[]): string[] {
  const words: string[] = message.match(/[a-z_]\w{0,60}/gi) ?? [];
  const [named, said] = [fields, words].map((all) => all.filter((each) => sent.includes(each)));
  return (named?.length ? named : said) ?? [];
}

function read(said: unknown, depth: number): Partial<Complaint> | undefined {
  if (typeof said === "string") return { message: text(said) ?? "" };
  if (Array.isArray(said)) return ofDetails(said);
  const { error, detail, message, code, param, type } = object(said) ?? {};
  if (depth > MAX_DEPTH) return undefined;
  const wrapped = error ?? (typeof message === "string" ? undefined : (message ?? detail));
  if (wrapped) return read(wrapped, depth + 1);
  const [inner, words] = unquoted(message);
  if (object(inner)) return { ...read(inner, depth + 1), quoted: true };
  // The field of a path such as `body.prompt`.
  const field = string(param)
    ?.replace(/^body\./, "")
    .split(".")[0];
  const found = { code: type === "no_db_connection" ? type : string(code)?.slice(0, 100) };
  const told = text(words);
  return { ...found, ...(told && { message: told }), fields: field ? [field] : [] };
}

/** FastAPI's list with the place of each error. */
function ofDetails(details: readonly unknown[]): Partial<Complaint> | undefined {
  const all = objects(details.slice(0, MAX_FIELDS)).map(({ loc, msg, type }) => {
    const named = list(loc).filter((each): each is string => each !== "body" && !!string(each));
    const words = text(msg) ?? "refused";
    return { named, type, said: named.length ? `${named.join(".")}: ${words}` : words };
  });
  const [code, other] = new Set(all.flatMap(({ type }) => string(type) ?? []));
  const message = text(all.map(({ said }) => said).join("; "));
  const fields = all.flatMap(({ named }) => named[0] ?? []);
  return message ? { message, code: other ? undefined : code, fields } : undefined;
}

/** The JSON in a proxy's quotation, if there is one, and the words. */
function unquoted(message: unknown): [inner: unknown, words: string] {
  const whole = string(message)?.slice(0, 65_536) ?? "";
  const words = QUOTED.exec(whole)?.[1]?.trim();
  if (!words) return [undefined, whole];
  try {
    return [JSON.parse(words.slice(0, words.lastIndexOf("}") + 1)), words];
  } catch {
    return [undefined, words];
  }
}
