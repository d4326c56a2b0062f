import type { RequestListener } from "node:http";
import { describe, expect, test } from "vitest";
import { LLMKitClient, type VideoGenerationRequest } from "../../index.ts";
import { Secret } from "../../secret.ts";
import { DiffusionRouterProvider } from "./provider.ts";
import {
  asked,
  emulator,
  failure,
  MODELS,
  make,
  ordered,
  paidOnce,
  SMALL,
  saying,
  serving,
  useEmulator,
} from "./testing.ts";

useEmulator();

describe("addresses and keys", () => {
  test.each(["", "/", "/v1", "/v1/", "/v1/videos", "/v1/models"])(
    "people copy it with %s",
    async (end) => {
      const client = emulator.router({ baseUrl: emulator.origin + end });
      const response = await make(client);
      expect(response.video_url).toContain(`${emulator.origin}/v1/videos/`);
    },
  );

  test("nobody is there", async () => {
    let baseUrl = "";
    await saying(
      () => [200, {}],
      async (url) => {
        baseUrl = url;
      },
    );
    const error = await failure(make(emulator.router({ baseUrl })));
    expect(error).toMatchObject({ name: "UnreachableError", provider: "diffusion-router" });
    expect(error.message).toContain(`${baseUrl} could not be reached: the connection was refused`);
    expect(error.message).toContain("LLMKIT_DIFFUSION_ROUTER_URL");
  });

  test.each<[number, unknown, string]>([
    [200, "<h1>Welcome</h1>", "a web page instead of JSON"],
    [404, "<h1>Not Found</h1>", "does not offer video"],
    [405, { detail: "Method Not Allowed" }, "does not offer video"],
    [301, {}, "redirects"],
  ])("something else is there: %s", async (status, body, words) => {
    await saying(
      () => [status, body],
      async (url) => {
        const error = await failure(make(emulator.router({ baseUrl: url })));
        expect(error.name).toBe("WrongAddressError");
        expect(error.message).toContain(words);
        expect(error.message).toContain(url);
      },
    );
  });

  test("where nothing has ever answered nothing is sent", async () => {
    await emulator.fault("models", "reset", { times: -1 });
    const baseUrl = emulator.origin.replace("127.0.0.1", "localhost");
    expect((await failure(make(emulator.router({ baseUrl })))).name).toBe("NetworkError");
    expect(await asked("submit")).toBe(0);
  });

  test("a server without video is told as such", async () => {
    await emulator.set({ no_video: true });
    // By another address: of this one it is known that it makes videos.
    const baseUrl = emulator.origin.replace("127.0.0.1", "localhost");
    const error = await failure(make(emulator.router({ baseUrl })));
    expect(error.name).toBe("WrongAddressError");
    expect(error.message).toContain("does not offer video");
    await paidOnce(0);
  });

  test.each(["openai", "vllm-omni"])("a key that is missing or wrong, at %s", async (dialect) => {
    await emulator.set({ dialect, key: "the-right-one" });
    const without = await failure(make(emulator.router()));
    expect(without.name).toBe("AuthenticationError");
    expect(without.message).toMatch(/wants a key.*LLMKIT_DIFFUSION_ROUTER_API_KEY/);
    const router = { provider: "diffusion-router", apiKey: "a-wrong-one" };
    const wrong = await failure(make(emulator.router(router)));
    expect(wrong.message).toContain("does not accept the key");
    expect(wrong.message).not.toContain("a-wrong-one");
    const right = emulator.router({ ...router, apiKey: "the-right-one" });
    expect((await make(right)).status).toBe("completed");
    await paidOnce();
  });

  test("a key that a server repeats is not shown", async () => {
    await emulator.set({ dialect: "sglang" });
    await emulator.fault("submit", "echo-key");
    const key = "a-key-of-mine-0123";
    const client = emulator.router({ provider: "diffusion-router", apiKey: key });
    const error = await failure(make(client));
    expect(error.message).toContain("may do this");
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain(key);
  });

  test("the key belongs to the server's own origin, and so do private addresses", async () => {
    const key = new Secret("the-key");
    const provider = new DiffusionRouterProvider(`${emulator.origin}/v1`, key);
    await provider.models();
    const videoUrl = "http://10.0.0.9/v.mp4";
    expect(provider.source({ taskId: "a/b", state: "succeeded", videoUrl })).toEqual({
      first: `${emulator.origin}/v1/videos/a%2Fb/content`,
      url: videoUrl,
      bytes: undefined,
      ownOrigin: emulator.origin,
      key,
      allowPrivate: true,
    });
  });
});

describe("models", () => {
  test.each(Object.keys(MODELS))("what %s hosts is listed", async (dialect) => {
    await emulator.set({ dialect });
    const [model, ...more] = await emulator.router().models();
    expect(more).toEqual([]);
    expect(model).toMatchObject({ id: MODELS[dialect], text: true, image: dialect === "openai" });
    const error = await failure(make(emulator.router(), SMALL.with_model("runway-gen-4")));
    expect(error.name).toBe("ModelNotFoundError");
    expect(error.message).toContain(MODELS[dialect]);
    expect(await asked("submit")).toBe(0);
  });

  test("among several the one that fits is chosen", async () => {
    const hosted = [
      { id: "Qwen/Qwen-Image", task_type: "T2I" },
      { id: "Wan-AI/Wan2.1-I2V-14B-720P", task_type: "I2V" },
      { id: "Wan-AI/Wan2.1-T2V-14B", supported_task_types: ["ModelTaskType.T2V"] },
    ];
    await emulator.set({ dialect: "sglang", hosted });
    const provider = new DiffusionRouterProvider(emulator.origin, undefined);
    const picture = SMALL.with_image("http://127.0.0.1:1/first.png");
    const model = async (request: VideoGenerationRequest) =>
      (await provider.validate(request)).model;
    expect(await model(SMALL)).toBe("Wan-AI/Wan2.1-T2V-14B");
    expect(await model(picture)).toBe("Wan-AI/Wan2.1-I2V-14B-720P");
    expect(await model(SMALL.with_model("wan2.1-t2v-14b"))).toBe("Wan-AI/Wan2.1-T2V-14B");
    for (const [request, words] of [
      [SMALL.with_model("Wan2.1-I2V-14B-720P"), "begins with"],
      [picture.with_model("Wan2.1-T2V-14B"), "no image to begin with"],
      [SMALL.with_model("Qwen/Qwen-Image"), "makes no videos; there is: Wan-AI"],
    ] as const) {
      expect((await failure(provider.validate(request))).message).toContain(words);
    }
    await emulator.set({ hosted: hosted.slice(0, 1) });
    const error = await failure(make(emulator.router()));
    expect(error.message).toContain(
      "hosts no model that makes videos, only: Qwen/Qwen-Image (T2I)",
    );
  });

  test("of several names for one model the first is used, and a picture goes as a file", async () => {
    const names = ["my-video", "Wan-AI/Wan2.2-T2V-A14B-Diffusers"];
    const hosted = names.map((id) => ({ id, owned_by: "vllm" }));
    await emulator.set({ dialect: "vllm-omni", hosted });
    const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0]);
    const response = await make(emulator.router(), SMALL.with_image(png));
    expect(response.model).toBe("my-video");
    const [{ fields } = { fields: {} }] = await ordered();
    expect(fields).toMatchObject({ model: "my-video", input_reference: "9 bytes" });
  });
});

describe("what a server does not take", () => {
  test("a strict one is told nothing else, and nothing is dropped", async () => {
    const client = emulator.router();
    for (const [field, request] of [
      ["seed", SMALL.with_seed(7)],
      ["negative_prompt", SMALL.with_negative_prompt("rain")],
      ["option guidance_scale", SMALL.with_option("guidance_scale", 3)],
    ] as const) {
      for (const submissions of [1, 0]) {
        const before = await asked("submit");
        expect(await failure(make(client, request))).toMatchObject({ field });
        // Once it is known it is told before anything is sent.
        if (!submissions) expect(await asked("submit")).toBe(before);
      }
    }
    await paidOnce(0);
  });

  const SIZES = [{ type: "extra_forbidden", loc: ["body", "size"], msg: "Extra inputs" }];
  const NUMBERS = [{ type: "int_type", loc: ["body", "seconds"], msg: "Input should be an int" }];
  test.each<[string, unknown, (sent: Record<string, unknown>) => boolean, object]>([
    ["width and height", SIZES, (sent) => "size" in sent, { width: 256, height: 256 }],
    ["a number", NUMBERS, (sent) => typeof sent.seconds === "string", { seconds: 1 }],
  ])("it is sent again as %s", async (_, detail, refuses, wanted) => {
    const seen: Record<string, unknown>[] = [];
    const say = (method: string, _: string, body: string): [number, unknown] => {
      if (method !== "POST") return [404, {}];
      const sent = JSON.parse(body) as Record<string, unknown>;
      seen.push(sent);
      return refuses(sent) ? [422, { detail }] : [200, { id: "v", status: "queued" }];
    };
    await saying(say, async (baseUrl) => {
      for (let i = 0; i < 2; i += 1) await emulator.router({ baseUrl }).submitVideo(SMALL);
    });
    expect(seen.length).toBe(3);
    for (const sent of seen.slice(1)) expect(sent).toMatchObject(wanted);
  });

  test("a proxy is told not to send it again by itself", async () => {
    const told: unknown[] = [];
    await serving(
      (request, response) => {
        if (request.method === "POST") told.push(request.headers["x-litellm-num-retries"]);
        response.end('{"id":"v","status":"queued"}');
      },
      async (baseUrl) => {
        await emulator.router({ baseUrl }).submitVideo(SMALL.with_model("v"));
      },
    );
    expect(told).toEqual(["0"]);
  });
});

test("a job that has no id yet is not cancelled, nor another in its place", async () => {
  const stop = new AbortController();
  const heard: string[] = [];
  const answer: RequestListener = ({ method, url }, response) => {
    if (method === "POST") return stop.abort(); // while it is being submitted
    heard.push(`${method} ${url}`);
    response.setHeader("Content-Type", "application/json");
    response.end('{"data":[{"id":"another","status":"queued"}]}');
  };
  await serving(answer, async (baseUrl) => {
    const client = new LLMKitClient({ baseUrl });
    const { jobs } = await failure(client.submitVideo(SMALL, { signal: stop.signal }));
    heard.length = 0;
    expect(await jobs?.[0]?.cancel()).toBe(false);
    expect(heard).toEqual([]);
  });
});
