import { describe, expect, test } from "vitest";
import { canonical, splitModel, usable } from "./providers/registry.ts";
import { Secret } from "./secret.ts";
import { load } from "./settings.ts";
import { outcome, vectors } from "./testing.ts";

interface Case {
  name: string;
  environment: Record<string, string>;
  expected: unknown;
  typescript?: unknown;
  says?: string;
  hides?: string;
}

function told(options: Parameters<typeof load>[0], environment: Record<string, string> = {}) {
  const found = load(options, environment);
  return {
    provider: canonical(found.provider ?? usable(found)),
    model: found.model ?? null,
    timeout: found.timeout,
    runware_url: found.runwareUrl,
    runware_key: found.apiKey?.reveal() ?? null,
    router_url: found.diffusionRouterUrl ?? null,
    router_key: found.diffusionRouterApiKey?.reveal() ?? null,
  };
}

test.each(await vectors<Case>("settings"))("$name", (given) => {
  const [found, message] = outcome(() => told({}, given.environment));
  expect(found).toEqual(given.typescript ?? given.expected);
  expect(message).toContain(given.says ?? "");
  if (given.hides) expect(message).not.toContain(given.hides);
});

describe("what is given in code", () => {
  const everything = {
    LLMKIT_VIDEO_PROVIDER: "diffusion-router",
    LLMKIT_VIDEO_MODEL: "m",
    LLMKIT_VIDEO_TIMEOUT: "5",
    LLMKIT_API_KEY: "environment-1",
    LLMKIT_RUNWARE_URL: "http://runware",
    LLMKIT_DIFFUSION_ROUTER_URL: "http://router",
    LLMKIT_DIFFUSION_ROUTER_API_KEY: "environment-2",
  };

  test("goes before the environment", () => {
    const options = { provider: "runware", model: "n", timeout: 7, apiKey: " code-1 " };
    expect(told(options, everything)).toMatchObject({
      provider: "runware",
      model: "n",
      timeout: 7,
      runware_key: "code-1",
      router_key: "environment-2",
    });
  });
  test("a key is for the provider that is meant", () => {
    const keys = told({ apiKey: "code-1" }, everything);
    expect([keys.router_key, keys.runware_key]).toEqual(["code-1", "environment-1"]);
    expect(told({ apiKey: "code-1" }).runware_key).toBe("code-1");
  });
  test("an address alone is a server of open models, and the environment's key stays here", () => {
    expect(told({ baseUrl: "http://mine/" }, everything)).toMatchObject({
      provider: "diffusion-router",
      router_url: "http://mine",
      router_key: null,
      runware_url: "http://runware",
    });
    expect(told({ baseUrl: "http://mine", apiKey: "code-1" }).router_key).toBe("code-1");
  });
  test("an address of Runware's own", () => {
    const found = told({ provider: "Runware", baseUrl: "http://mine/v1" }, everything);
    expect([found.runware_url, found.router_url]).toEqual(["http://mine/v1", "http://router"]);
  });
  test("a key may be hidden already", () => {
    expect(told({ apiKey: new Secret("code-1") }).runware_key).toBe("code-1");
  });
  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, true, {}, "x"])(
    "a timeout of %s",
    (timeout) => {
      expect(() => load({ timeout: timeout as never }, {})).toThrow(/timeout|TIMEOUT/i);
    },
  );
  test.each(["", " ", "schlüssel", "a\nb"])("a key like %j is not shown", (apiKey) => {
    expect(() => load({ apiKey }, everything)).toThrow(
      "apiKey is not a usable key; allowed: plain ASCII text",
    );
  });
  test.each(["mine", "", "https://me:geheim@mine", 5])("an address like %j", (baseUrl) => {
    const [found, message] = outcome(() => load({ baseUrl: baseUrl as string }, {}));
    expect(found).toMatchObject({ error: { class: "ConfigurationError" } });
    expect(message).toContain("baseUrl is ");
    expect(message).not.toContain("geheim");
  });
});

describe("providers", () => {
  test("none configured: the message names the variables", () => {
    const [, message] = outcome(() => told({}, {}));
    for (const name of ["LLMKIT_API_KEY", "RUNWARE_API_KEY", "LLMKIT_DIFFUSION_ROUTER_URL"]) {
      expect(message).toContain(name);
    }
    expect(message).toContain("Python");
  });
  test("the preview is the Python package's", () => {
    expect(() => canonical("preview")).toThrow("drawn by the Python package alone");
    expect(() => splitModel("preview/runway-gen-4")).toThrow("drawn by the Python package alone");
  });
});

const MODELS = await vectors<{
  name: string;
  model: string;
  provider: string | null;
  rest: string;
}>("models");

test.each(MODELS)("a model like $name", ({ model, provider, rest }) => {
  expect(splitModel(model)).toEqual([provider ?? undefined, rest]);
});
