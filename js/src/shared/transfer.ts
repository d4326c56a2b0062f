// Reads one file from the kernel, piece after piece.

import { ask } from "./ask";
import { bytesOf, fromBase64 } from "./bytes";
import type { Told } from "./messages";
import type { Channel } from "./model";

export type FilePart = "video" | "poster";

/** After that long without an answer a person is told that the kernel is busy: milliseconds. */
export const BUSY_AFTER = 3000;

/** What holds for the whole page: whether its host loses binary parts. */
export interface HostFacts {
  text: boolean;
}

interface Events {
  /** Something about the transfer is new. */
  changed: () => void;
  done: (file: Blob) => void;
  failed: (problem: string) => void;
}

/**
 * A question is never asked twice because its answer is late: a kernel answers only between two
 * cells, and then it answers everything.
 */
export class Transfer {
  /** A piece was asked for and has not come. */
  waiting = false;
  busy = false;
  private stopped = false;

  private readonly pieces: Blob[] = [];
  private received = 0;
  private total = 0;
  private request = "";
  private text = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private channel: Channel,
    private readonly task_id: string,
    private readonly part: FilePart,
    private readonly host: HostFacts,
    private readonly events: Events,
  ) {
    this.channel.on("msg:custom", this.listen);
    this.next();
  }

  /** From 0 to 1. */
  get share(): number {
    return this.total > 0 ? this.received / this.total : 0;
  }

  get by(): Channel {
    return this.channel;
  }

  /** Goes on through another widget, where the one so far is gone. */
  continueBy(channel: Channel): void {
    this.stop();
    this.stopped = false;
    this.channel = channel;
    this.channel.on("msg:custom", this.listen);
    this.next();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.channel.off("msg:custom", this.listen);
    this.stopped = true;
    this.waiting = false;
    this.busy = false;
  }

  private next(): void {
    this.text = this.host.text;
    const { task_id, part, received: start, text } = this;
    // A name that says what was asked, so that a late answer serves whoever waits for it now.
    this.request = `${task_id} ${part} ${start}${text ? " text" : ""}`;
    this.waiting = true;
    this.timer = setTimeout(() => {
      this.busy = true;
      this.events.changed();
    }, BUSY_AFTER);
    const sent = ask(this.channel, {
      kind: "fetch",
      request: this.request,
      task_id,
      part,
      start,
      text,
    });
    if (!sent) this.fail("The kernel that has the video is gone.");
  }

  private readonly listen = (message: unknown, parts: unknown[] = []) => {
    const told = message as (Told & { request?: string | null }) | null;
    if (told?.request !== this.request || !this.waiting) return;
    if (told.kind !== "piece" && told.kind !== "refused") return;
    clearTimeout(this.timer);
    this.waiting = false;
    this.busy = false;
    if (told.kind === "refused") this.fail(told.message);
    else this.take(told, told.data === null ? bytesOf(parts[0]) : fromBase64(told.data));
  };

  private take(told: Told & { kind: "piece" }, bytes: Uint8Array<ArrayBuffer> | null): void {
    const changed = this.total > 0 && told.total !== this.total;
    if (changed || told.start !== this.received) {
      this.fail("The video's file has changed while it was read.");
    } else if (bytes === null && !this.text) {
      this.host.text = true;
      this.goOn();
    } else if (bytes === null || this.received + bytes.length > told.total) {
      this.fail("The video did not arrive whole.");
    } else {
      // As a Blob it lies outside of the page's own memory.
      this.pieces.push(new Blob([bytes]));
      this.total = told.total;
      this.received += bytes.length;
      if (this.received === this.total) this.finish(told.mime);
      else this.goOn();
    }
  }

  private goOn(): void {
    // Whoever is told may find that nobody wants the rest.
    this.events.changed();
    if (!this.stopped) this.next();
  }

  private finish(mime: string): void {
    this.stop();
    this.events.done(new Blob(this.pieces, { type: safeType(mime, this.part) }));
  }

  private fail(problem: string): void {
    this.stop();
    this.events.failed(problem);
  }
}

// A Blob's address belongs to the notebook's origin: as a page it could do all that a person can.
function safeType(mime: string, part: FilePart): string {
  if (part === "poster") return "image/jpeg";
  return /^video\/[\w.+-]+$/.test(mime) ? mime : "video/mp4";
}
