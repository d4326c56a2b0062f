// A finished video: measured, read and saved from where the provider has it.
import type { SaveOptions, VideoFile } from "../response.ts";
import { BLOCK, type Header, inBlocks, readHeader } from "./container.ts";
import { joined, type Piece, type Pieces, RULES, type Rules, remote, unless } from "./download.ts";
import type { VideoSource } from "./source.ts";

export type { Header } from "./container.ts";

// A job's end waits for its measures, and they are not worth much waiting.
const MEASURING = { tries: 3, patience: 10, window: 15 };
const FURTHEST = 2 ** 25; // bytes that are read to get to a place, where a server knows no ranges

export class Video implements VideoFile {
  readonly #pieces: Pieces;
  readonly #rules: Rules;
  #bytes: Uint8Array | undefined;
  #reading: { whole: Promise<Uint8Array>; waiting: number; stop: AbortController } | undefined;

  constructor(source: VideoSource, rules: Partial<Rules> = {}) {
    this.#rules = { ...RULES, ...rules };
    this.#pieces = remote(source, this.#rules);
    this.#bytes = source.bytes;
  }

  get known(): Uint8Array | undefined {
    return this.#bytes;
  }

  /**
   * What the file says of itself, from a few kilobytes of it.
   *
   * @throws LLMKitError it cannot be had, or is no video.
   */
  async measure(): Promise<Header> {
    const known = this.#bytes;
    if (known) return await readHeader(within(known), known.length, false);
    let size = 0;
    const load = inBlocks(async (from, length) => {
      const block = new Uint8Array(length);
      let end = 0;
      const span = { from, to: from + length - 1 };
      const rules = { ...this.#rules, ...MEASURING };
      for await (const { at, data, total } of this.#pieces(undefined, span, rules)) {
        size = total || 0;
        const skip = Math.max(0, from - at);
        const wanted = data.subarray(skip, Math.max(skip, from + length - at));
        block.set(wanted, Math.max(0, at - from));
        end = at + data.length - from;
        if (end >= length || (end < 0 && at > FURTHEST)) break;
      }
      return block.subarray(0, Math.min(Math.max(0, end), length));
    });
    await load(0, BLOCK);
    return await readHeader(load, size, false);
  }

  /** The whole file; read once, however many ask, and kept. */
  async bytes(signal?: AbortSignal): Promise<Uint8Array> {
    if (this.#bytes) return this.#bytes;
    this.#reading ??= this.#read();
    const reading = this.#reading;
    reading.waiting += 1;
    try {
      return await unless(signal, reading.whole);
    } finally {
      reading.waiting -= 1;
      if (!reading.waiting) {
        if (this.#reading === reading) this.#reading = undefined;
        reading.stop.abort();
      }
    }
  }

  /** Stream it to a file or into a folder; gives the path. */
  async save(
    target: string | undefined,
    options: SaveOptions & { name: string; format: string },
  ): Promise<string> {
    const { saveTo } = await import("./saving.ts");
    return await saveTo(target, this.#all(options.signal), options);
  }

  async *#all(signal: AbortSignal | undefined): AsyncGenerator<Piece> {
    const data = this.#bytes;
    if (data) yield { at: 0, data, total: data.length };
    else yield* this.#pieces(signal);
  }

  #read() {
    const stop = new AbortController();
    const whole = this.#collect(stop.signal);
    // Of those that waited none may be left.
    whole.catch(() => {});
    return { whole, waiting: 0, stop };
  }

  async #collect(signal: AbortSignal): Promise<Uint8Array> {
    let parts: Uint8Array[] = [];
    for await (const { at, data } of this.#pieces(signal)) {
      if (!at) parts = [];
      parts.push(data);
    }
    const whole = joined(parts);
    await readHeader(within(whole), whole.length);
    this.#bytes = whole;
    return whole;
  }
}

function within(data: Uint8Array) {
  return async (offset: number, length: number) => data.subarray(offset, offset + length);
}
