// What is wrong with the form: what the page sees by itself, at once, and what the kernel has said.

import type { Desk } from "./desk";
import type { Field } from "./fields";
import { isShown, readerOf } from "./fields";
import { promptProblem } from "./prompt";
import type { Check, Controls, FormTraits } from "./state";

export type Problems = Map<Field, string>;

export interface Assessment {
  form: FormTraits;
  controls: Controls;
  problems: Problems;
  /** Whether what the kernel has said is about an earlier state of the form. */
  stale: boolean;
  /** Whether its answer about this one may still be waited for. */
  coming: boolean;
}

/** The form as it stands at this moment. */
export function assess(desk: Desk, uploading: boolean): Assessment {
  const { form, freshness } = desk;
  const controls = desk.get("controls");
  const local = localProblems({
    controls,
    drafts: desk.drafts.fields,
    raw: (field) => desk.raw(field),
    uploading,
  });
  const { pending } = desk.drafts;
  const stale = pending || freshness.stale;
  return {
    form,
    controls,
    // What was edited and put back is as the kernel had it.
    problems: allProblems(local, desk.get("check"), stale ? freshness.edits : new Set()),
    stale,
    coming: pending || (freshness.young && (stale || controls.model !== form.model)),
  };
}

/** The form as it is being typed. */
export interface Typed {
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
function allProblems(local: Problems, check: Check, edits: Set<Field>): Problems {
  const all = new Map(local);
  for (const [name, problem] of Object.entries(check.problems)) {
    const field = name as Field;
    const answersTo = field === "size" ? SIZE : [field];
    if (!answersTo.some((each) => all.has(each) || edits.has(each))) all.set(field, problem);
  }
  return all;
}

/** The kernel judges both together. */
const SIZE: Field[] = ["size", "width", "height"];

/** Those that have no place in the form: they stand above the button. */
export function homeless({ problems, form, controls }: Assessment): string[] {
  return [...problems].filter(([field]) => !isShown(field, form, controls)).map(([, text]) => text);
}
