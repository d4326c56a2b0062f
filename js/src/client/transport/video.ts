// A finished video: measured, read and saved from where the provider has it.
import type { SaveOptions, VideoFile } from "../response.ts";
import type { VideoSource } from "./source.ts";

/** What a file says of itself. Duration in seconds, width and height in pixels, size in bytes. */
export interface Header {
  readonly format: string;
  readonly duration: number | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly size: number;
}

export class Video implements VideoFile {
  readonly #source: VideoSource;
  constructor(source: VideoSource) {
    this.#source = source;
  }
  get known(): Uint8Array | undefined {
    return this.#source.bytes;
  }
  async measure(): Promise<Header> {
    throw new Error("to be written");
  }
  async bytes(_signal?: AbortSignal): Promise<Uint8Array> {
    throw new Error("to be written");
  }
  async save(
    _target: string | undefined,
    _options: SaveOptions & { name: string; format: string },
  ): Promise<string> {
    throw new Error("to be written");
  }
}
