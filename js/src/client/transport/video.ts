// A finished video: measured, read and saved from where the provider has it.
import { Gate } from "../gate.ts";
import type { SaveOptions, VideoFile } from "../response.ts";
import { type Header, inBlocks, type Read, readHeader } from "./container.ts";
import { type Pieces, RULES, type Rules, remote, unless } from "./download.ts";
import { joined } from "./http.ts";
import type { VideoSource } from "./source.ts";

export type { Header } from "./container.ts";

// A job's end waits for its measures, and they are not worth much waiting.
const MEASURING = { tries: 3, patience: 10, window: 15 };
const FURTHEST = 2 ** 25; // bytes that are read to get to a place, where a server knows no ranges

// A hundred jobs may end at once. Files that are read slowly hold up no job's end.
const measuring = new Gate(() => 4);
const files = new Gate(() => 4);

export class Video implements VideoFile {
  readonly #pieces: Pieces;
  readonly #rules: Rules;
  #bytes: Uint8Array | undefined;
  #reading: { whole: Promise<Uint8Array>; waiting: number; stop: AbortController } | undefined;

  constructor(source: VideoSource, rules: Partial<Rules> = {}) {
    this.#rules = { ...RULES, ...rules };
    this.#pieces = remote(source);
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
    const rules = { ...this.#rules, ...MEASURING };
    let size = 0;
    let stop: AbortSignal | undefined;
    const read = inBlocks(async (from, length) => {
      const end = from + length;
      let parts: Uint8Array[] = [];
      const span = { from, to: end - 1 };
      for await (const { at, data, total } of this.#pieces(rules, stop, span)) {
        size = total || 0;
        if (at <= from) parts = [];
        parts.push(data.subarray(Math.max(0, from - at)));
        if (at + data.length >= end || (at > FURTHEST && at < from)) break;
      }
      return joined(parts);
    });
    return await measuring.through(async () => {
      // Of all its requests: a file can be made so that each is answered and there is no end of them.
      stop = AbortSignal.timeout(rules.looking * 1000);
      await read(0, 1);
      return await readHeader(read, size, false);
    });
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
        reading.stop.abort();
        if (this.#reading === reading) this.#reading = undefined;
      }
    }
  }

  /** Stream it to a file or into a folder; gives the path. */
  async save(
    target: string | undefined,
    options: SaveOptions & { name: string; format: string },
  ): Promise<string> {
    const { saveTo } = await import("./saving.ts");
    const known = this.#bytes;
    const pieces = known
      ? [{ at: 0, data: known, total: known.length }]
      : this.#pieces(this.#rules, options.signal);
    const check = (read: Read, size: number) => readHeader(inBlocks(read), size);
    return await files.through(
      () => saveTo(target, options, pieces, check),
      (turn) => unless(options.signal, turn),
    );
  }

  #read() {
    const stop = new AbortController();
    const collect = async () => {
      let parts: Uint8Array[] = [];
      for await (const { at, data } of this.#pieces(this.#rules, stop.signal)) {
        if (!at) parts = [];
        parts.push(data);
      }
      const whole = joined(parts);
      await readHeader(within(whole), whole.length);
      this.#bytes = whole;
      return whole;
    };
    const whole = files.through(collect);
    // Of those that waited none may be left.
    whole.catch(() => {});
    return { whole, waiting: 0, stop };
  }
}

function within(data: Uint8Array) {
  return async (offset: number, length: number) => data.subarray(offset, offset + length);
}
