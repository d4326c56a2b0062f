import { expect, test } from "vitest";

import { bytesOf } from "./bytes";

const whole = new Uint8Array([9, 1, 2, 3, 9]);

test.each([
  ["a view of a part of a message", new DataView(whole.buffer, 1, 3)],
  ["an array", whole.subarray(1, 4)],
  ["a buffer", whole.slice(1, 4).buffer],
  ["base64", "AQID"],
])("bytes that come as %s", (_, part) => {
  expect([...(bytesOf(part) ?? [])]).toEqual([1, 2, 3]);
});

test.each([
  ["nothing", undefined],
  ["null", null],
  ["an object that was once bytes", {}],
  ["no bytes", new ArrayBuffer(0)],
  ["an empty view", new DataView(new ArrayBuffer(8), 8)],
  ["no base64", "*"],
  ["an empty text", ""],
])("%s counts as lost", (_, part) => {
  expect(bytesOf(part)).toBeNull();
});
