// Reads the header of a video file: container, duration, size, and whether the file is whole.
//
// A few kilobytes of untrusted bytes are looked at.
import { InvalidVideoError, LLMKitError, shorten } from "../errors.ts";
import { readMatroska } from "./matroska.ts";
import { readMp4 } from "./mp4.ts";

/** What a file says of itself. Duration in seconds, width and height in pixels, size in bytes. */
export interface Header {
  readonly format: string;
  readonly duration: number | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly size: number;
}

/** What is being found. */
export type Found = { -readonly [name in keyof Header]: Header[name] };

/** Gives bytes at an offset, fewer only where the file ends. */
export type Read = (offset: number, length: number) => Promise<Uint8Array>;

/** Bytes that are read at once. */
const BLOCK = 65_536;

const MATROSKA = "\x1a\x45\xdf\xa3";
const FIRST =
  /^.{4}(?:[fs]typ|moo[vf]|mdat|wide|free|skip|uuid|pdin|sidx|pnot|udta|meta|emsg|prft)/s;

/** Whether a file that begins so is an MP4, MOV or WebM file, or wants to be one. */
export function looksLikeVideo(start: Uint8Array): boolean {
  const text = latin1(start.subarray(0, 8));
  return text.startsWith(MATROSKA) || FIRST.test(text);
}

/**
 * Read the header of an MP4, MOV or WebM file.
 *
 * @param whole the file has to be one that a player can play; otherwise what cannot be found out
 * by a few looks is left open.
 * @throws InvalidVideoError another kind of file, or one that was cut off.
 */
export async function readHeader(read: Read, size: number, whole = true): Promise<Header> {
  const start = await read(0, 24);
  if (!looksLikeVideo(start)) throw notVideo(latin1(start));
  const isMatroska = start[0] === 0x1a;
  const found: Found = {
    format: isMatroska ? "webm" : "mp4",
    duration: undefined,
    width: undefined,
    height: undefined,
    size,
  };
  try {
    const end = size || Number.POSITIVE_INFINITY;
    await (isMatroska ? readMatroska : readMp4)(read, end, found, whole);
  } catch (error) {
    if (whole || !(error instanceof LLMKitError)) throw error;
  }
  return found;
}

/** Read in blocks what is looked at in a few bytes, each place a little after the last. */
export function inBlocks(load: Read): Read {
  let at = 0;
  let held: Uint8Array = new Uint8Array();
  return async (offset, length) => {
    if (offset < at || offset + length > at + held.length) {
      held = await load(offset, Math.max(length, BLOCK));
      at = offset;
    }
    return held.subarray(offset - at, offset - at + length);
  };
}

/** Bytes that must be there. */
export async function take(
  read: Read,
  offset: number,
  length: number,
  least = length,
): Promise<DataView> {
  const data = await read(offset, length);
  if (data.length < least) throw broken();
  return new DataView(data.buffer, data.byteOffset, data.length);
}

export function broken(): InvalidVideoError {
  return new InvalidVideoError(
    "The video file is cut off, or its index or its pictures are missing.",
  );
}

export function notVideo(said: string): InvalidVideoError {
  return new InvalidVideoError(`Not a video file: it begins with ${shorten(said)}.`);
}

export function latin1(data: Uint8Array): string {
  return String.fromCharCode(...data);
}
