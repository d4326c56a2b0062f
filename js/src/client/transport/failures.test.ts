import { expect, test } from "vitest";
import { UnreachableError } from "../errors.ts";
import { explain } from "./failures.ts";

/** As Node's `fetch` throws it. */
function thrown(code: string, message: string): Error {
  return new TypeError("fetch failed", { cause: Object.assign(new Error(message), { code }) });
}

test.each([
  ["ETIMEDOUT", "connect ETIMEDOUT 10.0.0.1:80", "unreachable"],
  ["EHOSTUNREACH", "connect EHOSTUNREACH 10.0.0.1:80", "unreachable"],
  ["ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:1", "unreachable"],
  // There was a connection: what was sent may have arrived, and is not sent again.
  ["ETIMEDOUT", "read ETIMEDOUT", "network"],
  ["EHOSTUNREACH", "read EHOSTUNREACH", "network"],
  ["ENETUNREACH", "write ENETUNREACH", "network"],
  ["ECONNRESET", "read ECONNRESET", "network"],
])("%s of '%s' is %s", (code, message, expected) => {
  expect(explain(thrown(code, message), "http://a.example/").code).toBe(expected);
});

test("words of the address are no words about it", () => {
  const url = "https://certificates.example/ECONNREFUSED";
  const said = `error sending request for url (${url}): client error (SendRequest)`;
  expect(explain(new TypeError(said), url).code).toBe("network");
  const refused = `error sending request for url (${url}): client error (Connect): tcp connect error`;
  expect(explain(new TypeError(refused), url).code).toBe("unreachable");
});

test("a port to which fetch sends nothing", async () => {
  const url = "http://127.0.0.1:9/v1";
  const thrown = await fetch(url).catch((error: unknown) => error);
  const error = explain(thrown, url);
  // Nothing was sent: nobody waits for a job that may have arrived.
  expect(error).toBeInstanceOf(UnreachableError);
  expect(error.message).toBe("127.0.0.1:9 could not be reached: nothing is sent to that port");
});
