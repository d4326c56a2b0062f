// From what a person has typed into a field to the value that it means, or to what is wrong with it.

import type { Json } from "../shared/model";

export type Reading = { value: Json } | { problem: string };
export type Reader = (raw: string) => Reading;

/** The largest whole number that a page holds exactly. */
export const MOST = Number.MAX_SAFE_INTEGER;

/** Whole numbers; an empty field leaves the choice to the model. */
export function wholeNumber(low: number, high: number, unit = ""): Reader {
  return numberReader(/^[+-]?\d+$/, "a whole number", low, high, unit);
}

/** The largest seed of any model (request.py). */
const MOST_SEED = 2n ** 63n - 1n;

/** A seed; as its digits where a number would not be exact. */
export const seed: Reader = (raw) => {
  const text = raw.normalize("NFKC").trim();
  if (/^\+?\d{1,100}$/.test(text)) {
    const exact = BigInt(text.replace("+", ""));
    if (exact > MOST_SEED) return { problem: `The largest seed is ${MOST_SEED}.` };
    if (exact > MOST) return { value: String(exact) };
  }
  return wholeNumber(0, MOST)(raw);
};

/** Numbers with or without a fraction; an empty field leaves the choice to the model. */
export function anyNumber(low: number, high: number): Reader {
  return numberReader(/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i, "a number", low, high, "");
}

function numberReader(
  shape: RegExp,
  kind: string,
  low: number,
  high: number,
  unit: string,
): Reader {
  const problem = `Give ${kind}${span(low, high)}${unit && ` ${unit}`}.`;
  return (raw) => {
    // Digits of other keyboards ("１２") count as well.
    const text = raw.normalize("NFKC").trim();
    if (text === "") return { value: null };
    const value = shape.test(text) ? Number(text) : Number.NaN;
    return value >= low && value <= high ? { value } : { problem };
  };
}

function span(low: number, high: number): string {
  // The ends of what a page can hold at all are no limits that anybody set.
  if (low > -MOST && high < MOST) return ` from ${figure(low)} to ${figure(high)}`;
  if (low > -MOST) return ` of ${figure(low)} or more`;
  return high < MOST ? ` up to ${figure(high)}` : "";
}

/** A number as people read it: "9,007,199". */
export function figure(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 6 });
}

/** A text that must hold something, or nothing for the model's choice. */
export const text: Reader = (raw) => {
  if (broken(raw)) return { problem: BROKEN };
  return { value: raw.trim() === "" ? null : raw };
};

/** A text that may be empty, exactly as typed. */
export const prompt: Reader = (raw) => (broken(raw) ? { problem: BROKEN } : { value: raw });

/** An address or path: nobody means the blanks around it. */
export const place: Reader = (raw) => text(raw.trim());

export const json: Reader = (raw) => {
  if (raw.trim() === "") return { value: null };
  let value: Json;
  try {
    value = JSON.parse(raw) as Json;
  } catch {
    return { problem: 'This is no JSON yet. It looks like {"name": "value", "other": 5}.' };
  }
  // "No value" and "not given" are the same to a request.
  return value === null ? { problem: "null cannot be sent; leave the field empty." } : { value };
};

const BROKEN = "This holds half a character, perhaps of a cut emoji; delete it.";

/** Half a surrogate pair cannot be written as UTF-8, and would be lost on the way. */
function broken(raw: string): boolean {
  return /\p{Surrogate}/u.test(raw);
}
