// Takes a key out of what came from outside: servers repeat it, in many dresses.
import type { Secret } from "../secret.ts";

const MARK = "[key]";
const LONG = 65_536; // characters without a break: no text, but a file in base64
const VIDEO = /^(?:AAAA|GkXf)/; // as MP4 and WebM begin in it

/** Take a key out of what came from outside, whatever it is dressed in. */
export function redact(said: string, key: Secret | undefined): string {
  const text = key?.reveal() ?? "";
  // No key is that short, and a text would be left in shreds.
  if (text.length < 4) return said;
  let hidden = said.replace(new RegExp([...text].map(dressed).join(""), "gi"), MARK);
  if (text.length < 8) return hidden;
  const hex = [...text].map((each) => each.charCodeAt(0).toString(16).padStart(2, "0")).join("");
  hidden = hidden.replace(new RegExp(hex, "gi"), MARK);
  // Inside a longer text base64 looks different at each of three shifts; the ends are left out.
  for (let shift = 0; shift < 3; shift += 1) {
    const coded = btoa("\0".repeat(shift) + text).replace(/=+$/, "");
    const end = coded.length - ((shift + text.length) % 3 ? 1 : 0);
    const core = coded.slice([0, 2, 3][shift], end);
    hidden = hidden.replace(new RegExp([...core].map(dressed).join(""), "gi"), MARK);
  }
  return hidden;
}

/** The same for a whole body, which may hold a video: a short key occurs in one by chance. */
export function redactBody(said: string, key: Secret | undefined): string {
  if (said.length < LONG) return redact(said, key);
  let [hidden, from] = ["", 0];
  for (const { 0: run, index } of said.matchAll(/[\w+/=]+/g)) {
    if (run.length < LONG || !VIDEO.test(run)) continue;
    hidden += redact(said.slice(from, index), key) + run;
    from = index + run.length;
  }
  return hidden + redact(said.slice(from), key);
}

/** A pattern for all that may stand for one ASCII character: escapes of URLs, JSON and HTML. */
function dressed(character: string): string {
  const safe = { "+": "-", "/": "_" }[character];
  const all = new Set([
    character,
    character.toLowerCase(),
    character.toUpperCase(),
    safe ?? character,
  ]);
  const named = { '"': "quot", "&": "amp", "<": "lt", ">": "gt", "'": "apos" }[character];
  const spelt = [...all].flatMap((each) => {
    const code = each.charCodeAt(0);
    const hex = code.toString(16).padStart(2, "0");
    const escaped = /[a-z0-9]/i.test(each) ? each : `\\\\{0,4}\\${each}`;
    return [
      `%(?:25)?${hex}`,
      `\\\\{1,4}u00${hex}`,
      `&#0{0,5}${code};?`,
      `&#x0{0,5}${hex};?`,
      escaped,
    ];
  });
  if (named) spelt.unshift(`&${named};`);
  return `(?:${spelt.join("|")})`;
}
