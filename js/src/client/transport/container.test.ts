import { describe, expect, test } from "vitest";
import { vectors } from "../testing.ts";
import { inBlocks, readHeader } from "./container.ts";

interface Case {
  name: string;
  file: string;
  header?: Record<string, string | number | null>;
  error?: { class: string; code: string };
}

const NOTHING = { format: "mp4", duration: undefined, width: undefined, height: undefined };

describe("containers", async () => {
  const all = await vectors<Case>("containers");
  test.each(all)("$name", async ({ file, header, error }) => {
    const data = new Uint8Array(Buffer.from(file, "base64"));
    const read = inBlocks(async (at, length) => data.slice(at, at + length));
    if (error) {
      const told = expect.objectContaining({ name: error.class, code: error.code });
      await expect(readHeader(read, data.length)).rejects.toEqual(told);
      return;
    }
    const expected = Object.entries(header ?? {}).map(([name, value]) => [
      name,
      value ?? undefined,
    ]);
    const whole = { ...Object.fromEntries(expected), size: data.length };
    expect(await readHeader(read, data.length)).toEqual(whole);
    // What is only looked at is read no further than it needs, and may have no known size.
    expect(await readHeader(read, data.length, false)).toEqual(whole);
    expect(await readHeader(read, 0, false)).toEqual({ ...whole, size: 0 });
  });
});

test("what cannot be found out by a look is left open", async () => {
  const index = Buffer.from("0000000c6674797069736f6d00000000", "hex");
  const read = async (at: number, length: number) =>
    new Uint8Array(index.subarray(at, at + length));
  expect(await readHeader(read, 5000, false)).toEqual({ ...NOTHING, size: 5000 });
});

test("the work has an end however many boxes there are", async () => {
  const box = new Uint8Array([0, 0, 0, 8, 0x66, 0x72, 0x65, 0x65]);
  let reads = 0;
  const read = async () => {
    reads += 1;
    return box;
  };
  await expect(readHeader(read, 2 ** 40)).rejects.toThrow(/cut off/);
  expect(reads).toBeLessThan(50_010);
});

test("a block is held for what is near", async () => {
  const loads: number[] = [];
  const data = Uint8Array.from({ length: 200_000 }, (_, at) => at % 251);
  const read = inBlocks(async (at, length) => {
    loads.push(at);
    return data.slice(at, at + length);
  });
  for (const at of [0, 50_000, 150_000, 150_100, 10, 199_999]) {
    expect((await read(at, 10))[0]).toBe(at % 251);
  }
  expect(loads).toEqual([0, 150_000, 10, 199_999]);
});
