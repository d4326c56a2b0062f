// What is being typed. A field keeps its raw text until it is left, so that "1" on the way to "12"
// or "-" on the way to "-3" is nobody's business; the value is written a moment after the last key.

import type { Field } from "./fields";

/** Milliseconds after the last key. */
export const PAUSE = 250;

interface Draft {
  raw: string;
  timer: ReturnType<typeof setTimeout> | null;
  /** Its text meant nothing when it was last looked at. */
  held: boolean;
}

export class Drafts {
  private readonly drafts = new Map<Field, Draft>();

  /** @param write - takes a field's text where it means something; false keeps it a draft. */
  constructor(private readonly write: (field: Field, raw: string) => boolean) {}

  raw(field: Field): string | undefined {
    return this.drafts.get(field)?.raw;
  }

  get fields(): Field[] {
    return [...this.drafts.keys()];
  }

  /** Whether anything typed has not been looked at yet. */
  get pending(): boolean {
    return [...this.drafts.values()].some((draft) => draft.timer !== null);
  }

  type(field: Field, raw: string): void {
    this.settle(field);
    const timer = setTimeout(() => this.flush(field), PAUSE);
    this.drafts.set(field, { raw, timer, held: false });
  }

  /** Writes what a field means now, without waiting; its text stays. */
  flush(field: Field): boolean {
    const draft = this.drafts.get(field);
    if (!draft) return true;
    this.settle(field);
    draft.held = !this.write(field, draft.raw);
    return !draft.held;
  }

  flushAll(): void {
    for (const field of this.fields) this.flush(field);
  }

  /** What may be typed has changed: a text that meant nothing may mean something now. */
  reread(): void {
    for (const [field, draft] of this.drafts) {
      if (draft.held) draft.held = !this.write(field, draft.raw);
    }
  }

  /** The field is left: a text that means something gives way to its value. */
  leave(field: Field): void {
    if (this.flush(field)) this.drafts.delete(field);
  }

  drop(field: Field): void {
    this.settle(field);
    this.drafts.delete(field);
  }

  dropAll(): void {
    for (const field of this.fields) this.drop(field);
  }

  /** The value was changed elsewhere; whoever is typing at this moment still has the last word. */
  overtaken(field: Field): void {
    if (this.drafts.get(field)?.timer == null) this.drafts.delete(field);
  }

  private settle(field: Field): void {
    const draft = this.drafts.get(field);
    if (draft?.timer != null) {
      clearTimeout(draft.timer);
      draft.timer = null;
    }
  }
}
