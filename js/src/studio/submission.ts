// The way from a click on Generate to the kernel's answer. Money may depend on it: one click is one
// message, and nothing goes out before the last one is answered.

import { KERNEL_GONE } from "../shared/ask";
import type { Told } from "../shared/messages";
import type { Json } from "../shared/model";
import type { Desk } from "./desk";
import type { Picture } from "./picture";
import { assess } from "./problems";
import { uuid } from "./uuid";

/** Milliseconds without a word after which the kernel is said to be busy. */
export const PATIENCE = 2000;

interface Request {
  id: string;
  /** The form's edition that it was made of. */
  edition: number;
}

/** A click that came before the answer about the form. */
interface Held {
  gesture: Event;
  confirm: boolean;
  strokes: number;
}

export class Submission {
  /** Whether the kernel has left the latest request without any answer for a while. */
  slow = false;
  private latest: Request | null = null;
  private held: Held | null = null;
  private heard = false;
  private malformed = "";
  private dismissed = "";
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly desk: Desk,
    private readonly picture: Picture,
    private readonly changed: () => void,
  ) {
    desk.onAnswer(() => this.answered());
  }

  /**
   * Starts the request, at once or as soon as the form has been checked. Only what a person does
   * may start it: events that scripts make up do not count. Returns what is in the way, or "".
   */
  ask(gesture: Event, confirm = false): string {
    if (!gesture.isTrusted) return "Only a person can start this.";
    this.desk.drafts.flushAll();
    const obstacle = this.obstacle(confirm);
    if (!obstacle) {
      this.held = { gesture, confirm, strokes: this.desk.strokes };
      this.settle();
    }
    this.changed();
    return obstacle;
  }

  /** Why nothing can be started now; "" if it can. A confirmation is not held up by its question. */
  obstacle(confirm = false): string {
    const wrong = [...assess(this.desk, this.picture.uploading).problems.values()];
    if (wrong.length > 0) return wrong.length === 1 ? (wrong[0] ?? "") : "Some fields need a look.";
    if (this.picture.uploading) return "The picture is still on its way.";
    if (this.waiting) return "The last request is not answered yet.";
    return this.question && !confirm ? "The question is not answered yet." : "";
  }

  /** Lets a click that was held go on its way, once the form has been checked. */
  settle(): void {
    if (!this.held) return;
    const { confirm, strokes } = this.held;
    const changedSince = strokes !== this.desk.strokes;
    if (!changedSince && assess(this.desk, this.picture.uploading).coming) return;
    this.held = null;
    if (!changedSince && !this.obstacle(confirm)) this.send(confirm);
    this.changed();
  }

  /** Whether a click waits for the form's check. */
  get holding(): boolean {
    return this.held !== null;
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

  /** A message that the kernel could not make sense of comes back like this. */
  hear(told: Told): void {
    if (told.kind !== "refused" || !this.latest || told.request !== this.latest.id) return;
    this.malformed = told.message;
    this.changed();
  }

  /** The kernel's answer has changed. */
  private answered(): void {
    const { id, state } = this.desk.get("answer");
    if (id !== this.latest?.id) return;
    this.heard = true;
    this.slow = false;
    // What was just started is what a person wants to see.
    if (state === "submitted" && this.desk.model.get("shown")) this.desk.show("");
  }

  close(): void {
    this.held = null;
    clearTimeout(this.timer);
  }

  private send(confirm: boolean): void {
    const { desk } = this;
    this.latest = { id: uuid(), edition: desk.edition };
    this.heard = false;
    this.malformed = "";
    this.slow = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.slow = this.waiting && !this.heard;
      this.changed();
    }, PATIENCE);
    const form = desk.own as { [field: string]: Json };
    if (!desk.send({ kind: "generate", id: this.latest.id, confirm, form })) {
      this.malformed = KERNEL_GONE;
    }
  }
}
