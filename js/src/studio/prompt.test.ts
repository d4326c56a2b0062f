import { expect, it } from "vitest";

import { characters, hint, promptProblem, words } from "./prompt";

it("counts characters as the kernel does", () => {
  expect(characters("koi")).toBe(3);
  expect(characters("🐠🐠")).toBe(2);
  expect(characters("")).toBe(0);
});

it("counts words, also where no blanks stand between", () => {
  expect(words("A koi pond, at dawn.")).toBe(5);
  expect(words("朝霧の中の静かな日本庭園")).toBeGreaterThan(3);
});

it("hints at short prompts only", () => {
  expect(hint("A koi pond")).toContain("A few more words help");
  expect(hint("A koi pond at dawn")).toBe("");
  expect(hint("")).toBe("");
  expect(hint("   ")).toBe("");
});

it("says what is wrong with a prompt", () => {
  expect(promptProblem(" \n", null)).toBe("Write what the video should show.");
  expect(promptProblem("a", [2, 5])).toBe("This model wants at least 2 characters.");
  expect(promptProblem("abcdef", [2, 5])).toBe("1 character too many for this model.");
  expect(promptProblem("🐠🐠🐠🐠🐠", [2, 5])).toBe("");
  expect(promptProblem("x".repeat(100_000), null)).toBe("");
});
