import { describe, expect, test } from "vitest";
import { vectors } from "../testing.ts";
import { checkName, checkUrl, isPublic } from "./addresses.ts";

interface Case {
  name: string;
  url: string;
  own: string;
  allow_private?: boolean;
  error?: { class: string; code: string };
}

describe("addresses", async () => {
  test.each(await vectors<Case>("addresses"))("$name", ({ url, own, allow_private, error }) => {
    const check = () => checkUrl(url, new URL(own).origin, allow_private);
    if (!error) expect(check()).toBeInstanceOf(URL);
    else expect(check).toThrow(expect.objectContaining({ name: error.class, code: error.code }));
  });
});

test("a refusal does not repeat what was signed", () => {
  const check = () =>
    checkUrl("http://example.com/a.mp4?signature=canary", "http://127.0.0.1:8000");
  expect(check).toThrow(/example\.com/);
  expect(check).not.toThrow(/canary/);
});

test("a name that leads inside is refused, and one that leads nowhere is left to the connection", async () => {
  await expect(checkName("localhost")).rejects.toThrow(/'localhost' is at .*not public/);
  await checkName("nowhere.invalid");
  await checkName("8.8.8.8");
});

test.each([
  ["fe80::1%eth0", false],
  ["::ffff:10.0.0.1", false],
  ["::1", false],
  ["2606:4700::1111", true],
  ["::ffff:8.8.8.8", true],
  ["8.8.8.8", true],
  ["127.0.0.53", false],
])("what a resolver says: %s", (address, expected) => {
  expect(isPublic(address)).toBe(expected);
});
