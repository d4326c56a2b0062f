// Reads the header of a WebM or Matroska file: its elements, as far as they tell what we ask.
//
// An element is an id, a size and its contents. A size may be left open by a writer that cannot go
// back to fill it in; such an element ends where the next of its kind begins, or with the file.
import { broken, type Found, latin1, notVideo, type Read, take } from "./container.ts";

const MOST = 100_000; // elements; only files with open sizes have many
const [SEGMENT, TRACKS, CLUSTER] = [0x18538067, 0x1654ae6b, 0x1f43b675];
// Those that are looked into: the head, the segment, its information, its tracks, their pictures.
const OUTER = [0x1a45dfa3, SEGMENT, 0x1549a966, TRACKS, 0xae, 0xe0];
const [KIND, SCALE, DURATION, WIDTH, HEIGHT] = [0x4282, 0x2ad7b1, 0x4489, 0xb0, 0xba];

export async function readMatroska(
  read: Read,
  size: number,
  found: Found,
  whole: boolean,
): Promise<void> {
  const values = new Map<number, number>();
  const have = (name: number, otherwise = 0) => values.get(name) || otherwise;
  let [at, end, kind, hasTracks, hasMedia] = [0, size, "", false, false];
  for (let count = 0; count < MOST && at < end; count += 1) {
    const head = await read(at, 12);
    const [name, middle] = variable(head, 0);
    const [length, inside] = variable(head, middle, 0xff);
    const [start, isOpen] = [at + inside, length === Number.POSITIVE_INFINITY];
    at = start + length;
    if (isOpen ? name !== SEGMENT && name !== CLUSTER : at > end) throw broken();
    if (name === SEGMENT) {
      if (kind !== "webm" && kind !== "matroska") throw notVideo(kind);
      found.format = kind === "webm" ? kind : "mkv";
      // What comes after it is no part of the video.
      if (!isOpen) end = at;
    }
    hasTracks ||= name === TRACKS;
    if (name === CLUSTER) {
      if (!whole) return;
      hasMedia ||= length > 0;
    }
    if (isOpen || OUTER.includes(name)) {
      at = start;
    } else if (name === KIND) {
      kind = latin1(await read(start, Math.min(length, 16))).replace(/\0+$/, "");
    } else if ([SCALE, DURATION, WIDTH, HEIGHT].includes(name) && !values.has(name)) {
      values.set(name, length > 8 ? 0 : number(await take(read, start, length), name === DURATION));
      found.width = have(WIDTH) || undefined;
      found.height = have(HEIGHT) || undefined;
      // A stream does not know it.
      const seconds = (have(DURATION) * have(SCALE, 1e6)) / 1e9;
      found.duration = seconds > 0 && Number.isFinite(seconds) ? seconds : undefined;
    }
  }
  if (!hasTracks || !hasMedia) throw broken();
}

/** An id (which keeps the bit that tells its length) or a size, and where it ends. */
function variable(data: Uint8Array, at: number, mask = 0): [value: number, end: number] {
  const first = data[at] ?? 0;
  const length = Math.clz32(first) - 23;
  const end = at + length;
  if (length > (mask ? 8 : 4) || end > data.length) throw broken();
  const bits = mask >> length;
  let value = mask ? first & bits : first;
  // Ones alone are an open size.
  let isOpen = value === bits;
  for (const byte of data.subarray(at + 1, end)) {
    value = value * 256 + byte;
    isOpen &&= byte === 255;
  }
  return [isOpen ? Number.POSITIVE_INFINITY : value, end];
}

function number(view: DataView, isFloat: boolean): number {
  const { byteLength } = view;
  if (isFloat) {
    return byteLength === 4 ? view.getFloat32(0) : byteLength === 8 ? view.getFloat64(0) : 0;
  }
  let value = 0;
  for (let at = 0; at < byteLength; at += 1) value = value * 256 + view.getUint8(at);
  return value;
}
