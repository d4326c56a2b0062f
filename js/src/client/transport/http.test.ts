import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { LLMKitError } from "../errors.ts";
import { call } from "./http.ts";

const DENO = fileURLToPath(new URL("../../../node_modules/.bin/deno", import.meta.url));
const HTTP = new URL("./http.ts", import.meta.url).href;

/** Takes what it is sent, and breaks off in place of an answer. */
let taken: string[] = [];
const server = createServer(async (request, response) => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  if (request.method === "GET") {
    response.end("{}");
    return;
  }
  const { "content-type": type, "content-length": length } = request.headers;
  taken.push(`${type} ${length} ${Buffer.concat(parts)}`);
  request.socket.destroy();
});
let url = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
beforeEach(() => {
  taken = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test("what was sent on a connection that breaks off is not sent a second time", async () => {
  await call(url); // so that there is a connection that is used again
  const error = await call(url, { method: "POST", body: '["\u00e9"]' }).catch((error) => error);
  expect(error).toBeInstanceOf(LLMKitError);
  expect(error.code).toBe("network");
  expect(taken).toEqual(['application/json 6 ["\u00e9"]']);
});

test("nor by Deno, which does so with a text", { timeout: 60_000 }, async () => {
  const program = `
    import { call } from ${JSON.stringify(HTTP)};
    const sent = async (send) => {
      await (await fetch(${JSON.stringify(url)})).text();
      await send().catch((error) => console.log(error.code ?? error.name));
    };
    await sent(() => call(${JSON.stringify(url)}, { method: "POST", body: "[1]" }));
  `;
  const run = promisify(execFile);
  const { stdout } = await run(DENO, ["eval", "--no-config", program], {
    env: { ...process.env, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
  });
  expect(stdout.trim()).toBe("network");
  expect(taken).toEqual(["application/json 3 [1]"]);
});
