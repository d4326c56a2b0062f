// The way from a click on Generate to the kernel's answer. Money may depend on it: one click is one
// message, and nothing goes out before the last one is answered.

import type { Told } from "../shared/messages";
import type { Json } from "../shared/model";
import type { Desk } from "./desk";
import { uuid } from "./uuid";

/** Milliseconds without a word after which the kernel is said to be busy. */
export const PATIENCE = 2000;

interface Request {
  id: string;
  /** The form's edition that it was made of. */
  edition: number;
}

export class Submission {
  /** Whether the kernel has left the latest request without any answer for a while. */
  slow = false;
  private latest: Request | null = null;
  private heard = false;
  private malformed = "";
  private dismissed = "";
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly desk: Desk,
    private readonly changed: () => void,
  ) {}

  /**
   * Sends the request. Only what a person does may start it: scripts of a page, and events that
   * it makes up, do not count.
   */
  ask(gesture: Event, confirm = false): boolean {
    if (!gesture.isTrusted || this.waiting) return false;
    const { desk } = this;
    desk.drafts.flushAll();
    this.latest = { id: uuid(), edition: desk.edition };
    this.heard = false;
    this.malformed = "";
    this.slow = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.waiting && !this.heard) this.slow = true;
      this.changed();
    }, PATIENCE);
    const form = desk.own as { [field: string]: Json };
    desk.send({ kind: "generate", id: this.latest.id, confirm, form });
    this.changed();
    return true;
  }

  /** Whether a request is on its way and not answered. */
  get waiting(): boolean {
    // A request of another window of this studio counts as well.
    const { id, state } = this.desk.get("answer");
    if (state === "checking") return true;
    return this.latest !== null && !this.malformed && id !== this.latest.id;
  }

  /** The kernel's question whether the price is all right; "" if there is none. */
  get question(): string {
    const { id, state, message } = this.desk.get("answer");
    if (state !== "confirm" || id !== this.latest?.id || id === this.dismissed) return "";
    // The price was that of the form as it stood.
    const same = this.latest.edition === this.desk.edition && !this.desk.drafts.pending;
    return same ? message : "";
  }

  /** Why the latest request was not taken; "" if it was. */
  get refusal(): string {
    const { id, state, message } = this.desk.get("answer");
    if (this.malformed) return this.malformed;
    return state === "refused" && id === this.latest?.id ? message : "";
  }

  /** What the kernel remarks on the latest request, which it took. */
  get remark(): string {
    const { id, state, message } = this.desk.get("answer");
    return state === "submitted" && id === this.latest?.id ? message : "";
  }

  /** "Not now" to the question. */
  dismiss(): void {
    this.dismissed = this.latest?.id ?? "";
    this.changed();
  }

  /** The kernel's answer has changed. */
  answered(): void {
    const { id, state } = this.desk.get("answer");
    if (id !== this.latest?.id) return;
    this.heard = true;
    this.slow = false;
    // What was just started is what a person wants to see.
    if (state === "submitted" && this.desk.model.get("shown")) this.desk.show("");
  }

  /** A message that the kernel could not make sense of comes back like this. */
  hear(told: Told): void {
    if (told.kind !== "refused" || !this.latest || told.request !== this.latest.id) return;
    this.malformed = told.message;
    this.changed();
  }

  close(): void {
    clearTimeout(this.timer);
  }
}
