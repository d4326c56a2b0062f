import { expect, test } from "vitest";
import { UnreachableError } from "../errors.ts";
import { explain } from "./failures.ts";

test("a port to which fetch sends nothing", async () => {
  const url = "http://127.0.0.1:9/v1";
  const thrown = await fetch(url).catch((error: unknown) => error);
  const error = explain(thrown, url);
  // Nothing was sent: nobody waits for a job that may have arrived.
  expect(error).toBeInstanceOf(UnreachableError);
  expect(error.message).toBe("127.0.0.1:9 could not be reached: nothing is sent to that port");
});
