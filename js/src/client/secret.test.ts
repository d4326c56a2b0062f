import { inspect } from "node:util";
import { expect, test } from "vitest";
import { Secret } from "./secret.ts";

test("a secret shows itself to nobody but who asks for it", () => {
  const secret = new Secret("geheim-0123456789");
  const shown = [
    String(secret),
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ secret }, { showHidden: true, depth: 10, getters: true }),
    Object.keys(secret).join(),
    JSON.stringify(structuredClone(secret)),
  ];
  for (const each of shown) expect(each).not.toContain("geheim");
  expect(secret.reveal()).toBe("geheim-0123456789");
});
