import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Drafts, PAUSE } from "./drafts";
import type { Field } from "./fields";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function someDrafts() {
  const written: [Field, string][] = [];
  const means = { anything: true };
  const drafts = new Drafts((field, raw) => {
    if (means.anything || /^\d+$/.test(raw)) written.push([field, raw]);
    return means.anything || /^\d+$/.test(raw);
  });
  return { drafts, written, means };
}

it("writes a moment after the last key", () => {
  const { drafts, written } = someDrafts();
  drafts.type("seed", "1");
  vi.advanceTimersByTime(PAUSE - 1);
  drafts.type("seed", "12");
  vi.advanceTimersByTime(PAUSE - 1);
  expect(written).toEqual([]);
  expect(drafts.pending).toBe(true);
  vi.advanceTimersByTime(1);
  expect(written).toEqual([["seed", "12"]]);
  expect(drafts.pending).toBe(false);
  expect(drafts.raw("seed")).toBe("12");
});

it("writes at once when the field is left, and lets the text go", () => {
  const { drafts, written } = someDrafts();
  drafts.type("seed", "1");
  drafts.leave("seed");
  expect(written).toEqual([["seed", "1"]]);
  expect(drafts.raw("seed")).toBeUndefined();
  vi.advanceTimersByTime(PAUSE);
  expect(written).toHaveLength(1);
});

it("keeps a text that means nothing", () => {
  const { drafts, written, means } = someDrafts();
  means.anything = false;
  drafts.type("seed", "1x");
  drafts.leave("seed");
  expect(drafts.raw("seed")).toBe("1x");
  expect(written).toEqual([]);
});

it("looks again at what meant nothing, and only at that", () => {
  const { drafts, written, means } = someDrafts();
  means.anything = false;
  drafts.type("duration", "5x");
  drafts.type("seed", "7");
  drafts.flushAll();
  expect(written).toEqual([["seed", "7"]]);
  means.anything = true;
  drafts.reread();
  expect(written).toEqual([
    ["seed", "7"],
    ["duration", "5x"],
  ]);
});

describe("a value that was changed elsewhere", () => {
  it("takes the place of a text that was written", () => {
    const { drafts } = someDrafts();
    drafts.type("seed", "1");
    drafts.flush("seed");
    drafts.overtaken("seed");
    expect(drafts.raw("seed")).toBeUndefined();
  });

  it("leaves alone what is being typed at this moment", () => {
    const { drafts } = someDrafts();
    drafts.type("seed", "1");
    drafts.overtaken("seed");
    expect(drafts.raw("seed")).toBe("1");
  });
});
