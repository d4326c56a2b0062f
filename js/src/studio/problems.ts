// What is wrong with the form: what the page sees by itself, at once, and what the kernel has said.

import type { Field } from "./fields";
import { isShown, readerOf } from "./fields";
import { promptProblem } from "./prompt";
import type { Check, Controls, FormTraits } from "./state";

export type Problems = Map<Field, string>;

/** The form as it is being typed. */
export interface Typed {
  form: FormTraits;
  controls: Controls;
  /** Fields whose text may not mean anything yet. */
  drafts: Field[];
  raw(field: Field): string;
  /** Whether a picture is on its way to the kernel. */
  uploading: boolean;
}

/** What the page can tell by itself. */
export function localProblems(typed: Typed): Problems {
  const { controls, raw } = typed;
  const problems: Problems = new Map();
  for (const field of typed.drafts) {
    const read = readerOf(field, controls)(raw(field));
    if ("problem" in read) problems.set(field, read.problem);
  }
  const prompt = promptProblem(raw("prompt"), controls.prompt_limits);
  if (prompt && !problems.has("prompt")) problems.set("prompt", prompt);
  if ((raw("width").trim() === "") !== (raw("height").trim() === "")) {
    problems.set("size", "Give both width and height, or neither.");
  }
  if (controls.needs_image && !raw("image").trim() && !typed.uploading) {
    problems.set("image", "This model starts from a picture; add one.");
  }
  return problems;
}

/**
 * Both together. The page's own word goes first, and what the kernel said of a field that was
 * edited since is out of date.
 */
export function allProblems(local: Problems, check: Check, edits: Set<Field>): Problems {
  const all = new Map(local);
  for (const [name, problem] of Object.entries(check.problems)) {
    const field = name as Field;
    if (!all.has(field) && !edits.has(field)) all.set(field, problem);
  }
  return all;
}

/** Those that have no place in the form: they stand above the button. */
export function homeless(problems: Problems, form: FormTraits, controls: Controls): string[] {
  return [...problems].filter(([field]) => !isShown(field, form, controls)).map(([, text]) => text);
}
