// The key is in nothing that a person or a program may look at.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ConfigurationError, LLMKitError } from "./errors.ts";
import { LLMKitClient, VideoGenerationRequest } from "./index.ts";
import { Secret } from "./secret.ts";
import { load } from "./settings.ts";
import { Emulator } from "./testing.ts";
import { call } from "./transport/http.ts";
import { redact, redactBody } from "./transport/redact.ts";

const KEY = "canary+Key/0123456789=";
let emulator: Emulator;

beforeAll(async () => {
  emulator = await Emulator.start({ seconds: 0 });
});
beforeEach(async () => {
  await emulator.reset({ seconds: 0 });
});
afterAll(async () => {
  await emulator.stop();
});

/** All that can be read of a value, from outside and with a debugger's eyes. */
function seen(value: unknown): string {
  const parts = [String(value), inspect(value, { showHidden: true, depth: 10, getters: true })];
  parts.push(JSON.stringify(value) ?? "");
  for (let each = value; each instanceof Error; each = each.cause) {
    parts.push(each.message, each.stack ?? "", JSON.stringify({ ...each }));
  }
  return parts.join("\n");
}

function hidden(...values: unknown[]): void {
  for (const value of values) {
    const text = seen(value);
    expect(text).not.toContain("canary");
    // Nor in any dress in which a service may have sent it back.
    expect(redact(text, new Secret(KEY))).toBe(text);
  }
}

async function failure(work: Promise<unknown>): Promise<unknown> {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(LLMKitError);
  return error;
}

test("what looks is not blind", () => {
  expect(seen({ inside: [KEY] })).toContain(KEY);
  expect(seen(new Error("x", { cause: new Error(KEY) }))).toContain(KEY);
});

describe("objects", () => {
  test("settings", () => {
    hidden(load({ apiKey: KEY }, {}), load({ baseUrl: "http://127.0.0.1:1", apiKey: KEY }, {}));
    hidden(load({}, { LLMKIT_API_KEY: KEY, LLMKIT_DIFFUSION_ROUTER_API_KEY: KEY }));
  });
  test("a client and a job of it", async () => {
    const client = emulator.client({ apiKey: KEY });
    const router = emulator.router({ apiKey: KEY });
    const [job, other] = [client.job(crypto.randomUUID()), router.job("video_1")];
    hidden(client, job, job.response, job.toJSON(), router, other, other.response);
    // What was loaded meanwhile holds the key, and shows it as little.
    await client.models();
    await router.models();
    hidden(client, job, router, other);
  });
  test("a key that cannot be used", () => {
    for (const bad of [`${KEY}\u00fc`, `${KEY}\n${KEY}`]) {
      try {
        new LLMKitClient({ apiKey: bad });
        expect.unreachable();
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigurationError);
        expect(seen(error)).not.toContain("canary");
      }
    }
  });
});

/** A question to the service, as a provider asks it. */
async function ask(origin = emulator.url) {
  const body = JSON.stringify([{ taskType: "accountManagement", operation: "getDetails" }]);
  return await call(origin, { method: "POST", body, key: new Secret(KEY), deadline: 5 });
}

describe("what the service sends back", () => {
  test.each(["echo-key", "echo-key:status"])("%s", async (what) => {
    await emulator.fault("any", what);
    const answer = await ask();
    expect(JSON.stringify(answer.body)).toContain("[key]");
    hidden(answer, answer.body, answer.excerpt);
  });
  test("a refusal", async () => {
    await emulator.fault("any", "401", { body: "json" });
    const answer = await ask();
    expect(answer.status).toBe(401);
    hidden(answer);
  });
});

describe("when no answer comes", () => {
  test.each(["reset", "lost:reset"])("%s", async (what) => {
    await emulator.fault("any", what);
    hidden(await failure(ask()));
  });
  test("nobody is there", async () => {
    hidden(await failure(ask("http://127.0.0.1:1/v1")));
  });
  test("a name that does not exist", async () => {
    hidden(await failure(ask("http://no-such-host.invalid/v1")));
  });
});

describe("a job, where the service repeats the key", () => {
  const request = new VideoGenerationRequest("A cat", { model: "runway:1@2" });

  test.each([
    ["submit", "invalidPositivePrompt"],
    ["poll", "contentPolicyViolation"],
  ])("in a refusal of %s", async (kind, code) => {
    await emulator.fault(kind, "echo-key", { code });
    const said: string[] = [];
    const client = emulator.client({ apiKey: KEY }, said);
    const [job] = await client.submitVideos([request]);
    const error = await failure(job?.result({ timeout: 20 }) as Promise<unknown>);
    expect(seen(error)).toContain("[key]");
    hidden(error, (error as LLMKitError).details, job, job?.response, client, said);
  });

  test("in its status", async () => {
    await emulator.set({ seconds: 60 });
    await emulator.fault("poll", "echo-key:status", { times: -1 });
    const client = emulator.client({ apiKey: KEY });
    const job = await client.submitVideo(request);
    const response = await job.poll();
    expect(response.provider_status).toBe("[key]");
    hidden(job, response, client);
  });

  test("in a refusal of a server of open models", async () => {
    await emulator.set({ dialect: "vllm-omni" });
    await emulator.fault("submit", "echo-key");
    const client = emulator.router({ apiKey: KEY });
    const error = await failure(client.generateVideo(new VideoGenerationRequest("A cat")));
    hidden(error, (error as LLMKitError).details, client);
  });
});

describe("a body with a video in it", () => {
  const video = `AAAAGGZ0eXBpc29t${"aWnkEMPTYtestx/+".repeat(10_000)}`;

  test("is left whole, whatever the key is", () => {
    const body = JSON.stringify({ message: "no test here", b64_json: video, more: "EMPTY, test" });
    const said = JSON.parse(redactBody(body, new Secret("test")));
    expect(said).toEqual({ message: "no [key] here", b64_json: video, more: "EMPTY, [key]" });
  });
  test("any other long text is not", () => {
    const body = JSON.stringify({ message: video.slice(1) });
    expect(redactBody(body, new Secret("EMPTY"))).not.toContain("EMPTY");
  });
});

test("a server that redirects to the key's own name", async () => {
  const server = createServer((_, response) => {
    response.writeHead(302, { Location: "https://canary0123456789.example/" }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const error = await failure(call(url, { key: new Secret("canary0123456789") }));
  expect(seen(error)).toContain("redirects to [key].example");
  server.close();
});
