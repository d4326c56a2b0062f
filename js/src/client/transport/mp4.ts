// Reads the header of an MP4 or MOV file: its boxes, as far as they tell what we ask.
//
// A box is a length, a name and its contents. A player needs the index and the picture data; what
// else is there, and what comes after them, may be odd.
import { broken, type Found, latin1, type Read, take } from "./container.ts";

const NEEDED = /moov|moof|mdat|mvhd|trak|tkhd/;

export async function readMp4(
  read: Read,
  size: number,
  found: Found,
  whole: boolean,
): Promise<void> {
  let left = 50_000; // boxes; an hour in fragments of a second has some thousands
  let [hasIndex, hasMedia] = [false, false];

  // Ends at what is no box, or is one that a player can do without.
  async function walk(start: number, end: number): Promise<void> {
    let length: number;
    for (let at = start; at + 8 <= end && left-- > 0; at += length) {
      const view = await take(read, at, 8);
      const name = latin1(new Uint8Array(view.buffer, view.byteOffset + 4, 4));
      let inside = at + 8;
      length = view.getUint32(0);
      if (length === 1 && at + 16 <= end) {
        inside += 8;
        length = Number((await take(read, at + 8, 8)).getBigUint64(0));
      }
      length ||= end - at;
      const next = at + length;
      if (next < inside || next > end) {
        if (NEEDED.test(name)) throw broken();
        return;
      }
      if (name === "ftyp" && latin1(await read(inside, 4)) === "qt  ") found.format = "mov";
      hasMedia ||= name === "mdat" && next > inside;
      if (name === "moov" && !hasIndex) {
        hasIndex = true;
        await walk(inside, next);
        if (!whole) return;
      }
      if (name === "trak" && !found.width) await walk(inside, next);
      if (name === "mvhd") {
        const box = await take(read, inside, Math.min(next - inside, 32), 20);
        const isLong = box.getUint8(0) === 1;
        if (isLong && box.byteLength < 32) throw broken();
        const scale = box.getUint32(isLong ? 20 : 12);
        const units = isLong ? Number(box.getBigUint64(24)) : box.getUint32(16);
        // A fragmented file has no duration here.
        if (scale && units) found.duration = units / scale;
      }
      if (name === "tkhd" && next >= inside + 8 && !found.width) {
        // The last eight bytes are width and height as 16.16 fixed point; sound has zeros.
        const edges = await take(read, next - 8, 8);
        if (edges.getUint32(0) && edges.getUint32(4)) {
          [found.width, found.height] = [edges.getUint16(0), edges.getUint16(4)];
        }
      }
    }
  }

  await walk(0, size);
  if (!hasIndex || !hasMedia) throw broken();
}
