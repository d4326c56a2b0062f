import { expect, test } from "vitest";

import { clock, excerpt, spoken } from "./words";

test.each([
  [0, "0:00.0"],
  [3.24, "0:03.2"],
  [0.3, "0:00.3"],
  [59.99, "0:59.9"],
  [61.5, "1:01.5"],
  [-1, "0:00.0"],
])("%d seconds are %s", (seconds, text) => {
  expect(clock(seconds)).toBe(text);
});

test("a position is spoken with its unit", () => {
  expect(spoken(3.27, 5)).toBe("3.2 of 5.0 seconds");
});

test("a long text is cut between characters, on one line", () => {
  expect(excerpt("a\n b", 10)).toBe("a b");
  expect(excerpt("🌊".repeat(20), 5)).toBe("🌊🌊🌊🌊…");
});
