// Whether what the kernel has said is about the form as it stands. Answers come by themselves, a
// little after each change; a busy kernel answers later, and must not hold up the page for ever.

import { type Field, FORM } from "./fields";
import type { FormTraits } from "./state";

/** For how long the page waits for the answer before it lets a person go on: milliseconds. */
export const MOMENT = 1500;

export class Freshness {
  /** Fields edited since the kernel last answered: what it said of them is out of date. */
  readonly edits = new Set<Field>();
  private changedAt = Number.NEGATIVE_INFINITY;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly form: () => FormTraits,
    /** The form that the kernel's latest answer is about. */
    private readonly checkedForm: () => FormTraits,
    private readonly expired: () => void,
  ) {}

  edited(field: Field): void {
    this.edits.add(field);
  }

  changed(): void {
    this.changedAt = performance.now();
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = null;
      this.expired();
    }, MOMENT);
  }

  checked(): void {
    // A price may be told late, about a form that was changed since.
    if (!this.stale) this.edits.clear();
  }

  /** Whether the form has changed since the kernel last answered. */
  get stale(): boolean {
    const [form, checked] = [this.form(), this.checkedForm()];
    return FORM.some((name) => told(name, form) !== told(name, checked));
  }

  /** Whether the last change is so young that its answer may be waited for. */
  get young(): boolean {
    return performance.now() - this.changedAt < MOMENT;
  }

  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}

/** A field as a check tells it: of a picture inside the form that there is one. */
function told(name: keyof FormTraits, form: FormTraits): string {
  if (name === "image" && form.image?.startsWith("data:")) return "data:";
  return JSON.stringify(form[name]);
}
