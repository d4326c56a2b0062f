import { expect, test } from "vitest";
import { Secret } from "../secret.ts";
import { vectors } from "../testing.ts";
import { redact } from "./redact.ts";

interface Case {
  name: string;
  key: string;
  said: string;
  hidden: string;
  only?: string;
}

const CASES = (await vectors<Case>("redaction")).filter(({ only }) => only !== "python");

test.each(CASES)("$name", ({ key, said, hidden }) => {
  expect(redact(said, new Secret(key))).toBe(hidden);
});

test("without a key nothing is taken out", () => {
  expect(redact("all of it", undefined)).toBe("all of it");
});

test("a long answer takes no long time", () => {
  const key = new Secret("Ab3+x/Y_z-9=Q.w~!".repeat(4));
  const said = '{"a":"Ab3+x/Y_z-\\\\\\\\&#x00%25"},'.repeat(60_000);
  const began = performance.now();
  expect(redact(said, key)).toBe(said);
  expect(performance.now() - began).toBeLessThan(10_000);
});
