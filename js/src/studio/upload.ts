// Sends a picture to the kernel in pieces: a Jupyter server closes the connection at messages
// above 10 MiB, without a word.

import { KERNEL_GONE } from "../shared/ask";
import type { Asked, Told } from "../shared/messages";
import { uuid } from "./uuid";

/** What the services take (images.py). */
export const MOST_BYTES = 20_000_000;
export const PIECE = 512 * 1024;

/** Why the file is not sent; "" if it may be. Names and declared types say nothing reliable. */
export async function refusal(file: File): Promise<string> {
  const name = shortName(file.name);
  if (file.size > MOST_BYTES) {
    const size = (file.size / 1e6).toFixed(1);
    return `${name} has ${size} MB; a picture may have up to 20 MB.`;
  }
  if (file.size === 0) return `${name} is empty.`;
  const head = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  return kindOf(head) ? "" : `${name} is no PNG, JPEG or WebP picture.`;
}

function kindOf(head: Uint8Array): string {
  const text = String.fromCharCode(...head);
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (text.startsWith("\xff\xd8\xff")) return "image/jpeg";
  return text.startsWith("RIFF") && text.slice(8, 12) === "WEBP" ? "image/webp" : "";
}

function shortName(name: string): string {
  if (!name) return "The file";
  return name.length > 60 ? `${name.slice(0, 40)}…${name.slice(-15)}` : name;
}

/** One file on its way. The kernel asks for each next piece by saying how much it has. */
export class Upload {
  readonly id = uuid();
  received = 0;
  problem = "";
  private stopped = false;

  constructor(
    readonly file: File,
    private readonly send: (message: Asked) => boolean,
    private readonly changed: () => void,
  ) {}

  get done(): boolean {
    return this.received >= this.file.size;
  }

  get running(): boolean {
    return !this.done && !this.stopped && !this.problem;
  }

  async start(): Promise<void> {
    await this.piece(0);
  }

  stop(): void {
    this.stopped = true;
  }

  /** Takes a message of the kernel, if it is about this file. */
  hear(told: Told): void {
    if (!this.running) return;
    if (told.kind === "refused" && told.request === this.id) {
      this.problem = told.message;
    } else if (told.kind === "uploaded" && told.id === this.id) {
      // Told twice, or out of order: a piece is sent once.
      if (told.received <= this.received) return;
      this.received = told.received;
      if (!this.done) void this.piece(this.received);
    } else {
      return;
    }
    this.changed();
  }

  private async piece(start: number): Promise<void> {
    const { file, id } = this;
    try {
      const bytes = new Uint8Array(await file.slice(start, start + PIECE).arrayBuffer());
      if (!this.running) return;
      const data = base64(bytes);
      if (!this.send({ kind: "upload", id, name: file.name, total: file.size, start, data })) {
        this.problem = KERNEL_GONE;
        this.changed();
      }
    } catch {
      // The file was moved, or changed since it was chosen.
      this.problem = `${shortName(file.name)} can no longer be read; choose it again.`;
      this.changed();
    }
  }
}

export function base64(bytes: Uint8Array): string {
  let text = "";
  // In runs, since a call takes only so many arguments.
  for (let start = 0; start < bytes.length; start += 8192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return btoa(text);
}
