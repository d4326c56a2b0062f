import { expect, test } from "vitest";
import * as errors from "./errors.ts";
import { closest, LLMKitError, nearest, shorten } from "./errors.ts";
import * as exported from "./index.ts";
import { vectors } from "./testing.ts";

interface Case {
  name: string;
  code: string;
  parents: string[];
  only?: string;
}
type Class = typeof LLMKitError;

const CASES = (await vectors<Case>("errors")).filter(({ only }) => only !== "python");
const CLASSES = errors as unknown as Record<string, Class>;

function isError(value: unknown): value is Class {
  return value === LLMKitError || (value as Class)?.prototype instanceof LLMKitError;
}

test.each(CASES)("$name", ({ name, code, parents }) => {
  const type = CLASSES[name] as Class;
  expect(type.code).toBe(code);
  const found: string[] = [];
  for (let each = Object.getPrototypeOf(type); isError(each); each = Object.getPrototypeOf(each)) {
    found.push(Object.keys(errors).find((one) => CLASSES[one] === each) ?? "");
  }
  expect(found).toEqual(parents);
  const made = new (type as new (...all: string[]) => LLMKitError)("a", "b", "c");
  expect(made.code).toBe(code);
  // Who waits by a signal looks for the name that fetch gives its own.
  expect(made.name).toBe(name === "WaitAbortedError" ? "AbortError" : name);
  expect(made).toBeInstanceOf(Error);
  expect(String(made)).toContain(`${made.name}: `);
});

test("none is missing, and all of them are public", () => {
  const all = Object.keys(CLASSES).filter((name) => isError(CLASSES[name]));
  expect(all.sort()).toEqual(CASES.map(({ name }) => name).sort());
  for (const name of all) expect(exported).toHaveProperty(name, CLASSES[name]);
});

test("a code of one's own goes before that of the class", () => {
  expect(new LLMKitError("x", { code: "no_video" }).code).toBe("no_video");
});

test.each<[unknown, string]>([
  ["a", "'a'"],
  ["a\nb", "'a\\nb'"],
  [5, "5"],
  [Number.NaN, "NaN"],
  [Number.NEGATIVE_INFINITY, "-Infinity"],
  [7n, "7n"],
  [undefined, "undefined"],
  [null, "null"],
  [true, "true"],
  [{ a: 1 }, '{"a":1}'],
  [() => 1, "a function"],
  [Symbol("x"), "Symbol(x)"],
  [{ a: 1n }, "a object that cannot be shown"],
])("%s in a message", (value, text) => {
  expect(shorten(value)).toBe(text);
});

test("a long value is cut in the middle", () => {
  const text = shorten(`${"a".repeat(100)}${"b".repeat(100)}`);
  expect(text).toHaveLength(79);
  expect(text).toMatch(/^'a{37}\.\.\.b{37}'$/);
});

test("names that are spelled alike", () => {
  const known = ["runway-gen-4", "kling-2.0", "hailuo-mini"];
  expect(nearest("Runway-Gen4", known)).toBe(
    "did you mean runway-gen-4? known: runway-gen-4, kling-2.0, hailuo-mini",
  );
  expect(nearest("xyz", known)).toBe("known: runway-gen-4, kling-2.0, hailuo-mini");
  expect(closest("kling", ["kling-2.0", "kling-2.5", "kling-3", "kling-4"], 0.5)).toHaveLength(3);
});

test("what is not known of an error is not printed with it", () => {
  const error = new LLMKitError("x", { status: 402, taskId: undefined });
  expect({ ...error }).toEqual({ name: "LLMKitError", code: "error", status: 402 });
  expect(Object.keys(error)).not.toContain("taskId");
});
