import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type LLMKitClient,
  LLMKitError,
  VideoGenerationRequest,
  type VideoGenerationResponse,
} from "../../index.ts";
import { Secret } from "../../secret.ts";
import { Emulator } from "../../testing.ts";
import { DiffusionRouterProvider } from "./provider.ts";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await Emulator.start({ seconds: 0 });
});
afterAll(() => emulator.stop());
beforeEach(() => emulator.reset({ seconds: 0 }));

const SMALL = new VideoGenerationRequest("A cat on a wall", { duration: 1 })
  .with_width(256)
  .with_height(256);
const wordy = (words: string) =>
  new VideoGenerationRequest(`A cat [emulator: ${words}]`, { duration: 1 });
const MODELS: Record<string, string> = {
  openai: "open-video-1",
  "vllm-omni": "Wan-AI/Wan2.2-T2V-A14B-Diffusers",
  sglang: "FastVideo/FastWan2.1-T2V-1.3B-Diffusers",
};

/** Generate a video, asked for at once instead of after the usual wait. */
async function make(client: LLMKitClient, request = SMALL): Promise<VideoGenerationResponse> {
  const job = await client.submitVideo(request);
  await job.poll();
  return await job.result();
}

async function failure(work: Promise<unknown>): Promise<LLMKitError> {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof LLMKitError)) throw error ?? new Error("nothing failed");
  return error;
}

async function asked(kind: string): Promise<number> {
  return (await emulator.stats()).requests[kind] ?? 0;
}

/** What the jobs were ordered with. */
async function ordered(): Promise<{ form: string; fields: Record<string, unknown> }[]> {
  const answer = await fetch(`${emulator.origin}/__emulator__/ledger`);
  const rows = (await answer.json()) as { request: never }[];
  return rows.map(({ request }) => request);
}

/** Every job was sent and charged once. */
async function paidOnce(jobs = 1): Promise<void> {
  expect(Object.values(await emulator.charged())).toEqual(Array(jobs).fill(1));
}

/** Work with a server that answers what a function makes of the method, path and body. */
async function saying(
  say: (method: string, path: string, body: string) => [status: number, body: unknown],
  work: (url: string) => Promise<void>,
): Promise<void> {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    const [status, told] = say(request.method ?? "", request.url ?? "", body);
    const kind = typeof told === "string" ? "text/html" : "application/json";
    response.writeHead(status, { "Content-Type": kind });
    response.end(typeof told === "string" ? told : JSON.stringify(told));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

describe.each(["openai", "vllm-omni", "sglang"])("%s", (dialect) => {
  beforeEach(() => emulator.set({ dialect }));

  test("a prompt becomes a video", async () => {
    const response = await make(emulator.router());
    expect(response).toMatchObject({ status: "completed", model: MODELS[dialect] });
    const url = `${emulator.origin}/v1/videos/${response.task_id}/content`;
    expect(response.video_url).toBe(url);
    expect((await fetch(url)).headers.get("content-type")).toBe("video/mp4");
    const [{ form, fields } = { form: "", fields: {} }] = await ordered();
    expect(form).toBe(dialect === "vllm-omni" ? "multipart" : "json");
    const common = { prompt: "A cat on a wall", model: MODELS[dialect], size: "256x256" };
    // A seed that was not sent is not told of.
    expect(response.seed).toEqual(dialect === "openai" ? undefined : expect.any(Number));
    const told = { fps: 16, num_frames: 17, seed: response.seed };
    const numbers = dialect === "openai" ? {} : told;
    const sent = Object.entries({ seconds: "1", ...numbers }).map(([name, value]) => [
      name,
      dialect === "vllm-omni" ? String(value) : value,
    ]);
    expect(fields).toEqual({ ...common, ...Object.fromEntries(sent) });
    await paidOnce();
  });

  test("how a server wants it is found out once, for all", async () => {
    const responses = await emulator.router().generateVideo(SMALL, { count: 5 });
    expect(responses.map(({ status }) => status)).toEqual(Array(5).fill("completed"));
    expect(await asked("submit")).toBeLessThanOrEqual(6);
    await paidOnce(5);
  });

  test.each(["lost:reset", "lost:502", "html", "no-data", "500"])(
    "a submission whose answer is %s is not sent again",
    async (what) => {
      const client = emulator.router();
      await make(client);
      const before = await asked("submit");
      await emulator.fault("submit", what);
      const error = await failure(make(client));
      expect(error.name).toBe("SubmissionUnknownError");
      expect(error.message).toContain(`${emulator.origin}/v1/videos`);
      expect(await asked("submit")).toBe(before + 1);
      await paidOnce(what === "500" ? 1 : 2);
    },
  );

  test("a server that is busy is asked again as it wishes", async () => {
    await emulator.fault("submit", "429:0.1", { times: 2 });
    expect((await make(emulator.router())).status).toBe("completed");
    await paidOnce();
  });

  test.each(["out_of_memory", "moderation_blocked"])("a job that fails by %s", async (code) => {
    const error = await failure(make(emulator.router(), wordy(`fail=${code}`)));
    const safe = code === "out_of_memory";
    expect(error.name).toBe(safe ? "GenerationFailedError" : "ContentFilteredError");
    expect(error.message).toContain(`The generation failed (${code})`);
    expect(error.message).toContain(emulator.origin);
    await paidOnce();
  });

  test.each([false, true])("many jobs, without a list: %s", async (withoutList) => {
    await emulator.set({ without_list: withoutList, latency: 0.03 });
    const client = emulator.router();
    const jobs = await client.submitVideos(Array(12).fill(SMALL));
    const ends = await Promise.all(jobs.map((job) => job.poll()));
    expect(ends.map(({ status }) => status)).toEqual(Array(12).fill("completed"));
    const [polls, lists] = [await asked("poll"), await asked("list")];
    if (withoutList) {
      expect(lists).toBe(1);
      expect(polls).toBeGreaterThanOrEqual(12);
      const provider = new DiffusionRouterProvider(emulator.origin, undefined, () => {});
      expect(provider.whereToLook()).toContain("the log of the server");
    } else {
      expect(lists).toBeGreaterThan(0);
      expect(polls).toBe(0);
    }
    expect((await emulator.stats()).most_in_flight.api).toBeLessThanOrEqual(4);
  });

  test("a job of another process is picked up by its id", async () => {
    const job = await emulator.router().submitVideo(SMALL);
    const response = await emulator.router().pollVideo(job.taskId);
    expect(response).toMatchObject({ status: "completed", task_id: job.taskId });
    const error = await failure(emulator.router().pollVideo("no-such-job"));
    expect(error.name).toBe("JobNotFoundError");
  });

  test("cancelling stops it, or says what else it does", async () => {
    const job = await emulator.router().submitVideo(wordy("seconds=60"));
    const stops = await job.cancel();
    if (dialect === "openai") {
      // It deletes what is finished and nothing else.
      expect([stops, job.status]).toEqual([false, "processing"]);
      expect(job.notice).toContain("Video is still being generated");
      expect(job.notice).toContain("its video is kept");
    } else {
      expect([stops, job.error?.name]).toEqual([true, "JobCancelledError"]);
      expect(job.error?.message.includes("go on computing")).toBe(dialect === "sglang");
    }
    await emulator.finish();
    if (!stops) expect((await job.result()).status).toBe("completed");
  });

  test("what is made already is not deleted by cancelling", async () => {
    const job = await emulator.router().submitVideo(SMALL);
    expect(await job.cancel()).toBe(false);
    expect(job.notice).toContain("has ended already");
    expect((await job.result()).status).toBe("completed");
    expect(await asked("cancel")).toBe(0);
  });

  test("what is not there cannot be cancelled", async () => {
    const provider = new DiffusionRouterProvider(emulator.origin, undefined, () => {});
    const { stopped, note } = await provider.cancel("no-such-job");
    expect([stopped, note]).toEqual([false, `${emulator.origin} does not know the job.`]);
  });

  test("a job that is forgotten is lost, and not sent again", async () => {
    const provider = new DiffusionRouterProvider(emulator.origin, undefined, () => {});
    const { taskId } = await emulator.router().submitVideo(wordy("seconds=60"));
    await emulator.forget([taskId]);
    expect(await provider.poll([taskId])).toEqual([{ taskId, state: "unknown" }]);
    const update = await provider.lookBack(taskId);
    expect([update.state, update.error?.name]).toEqual(["failed", "JobLostError"]);
    expect(update.error?.message).toContain(taskId);
  });

  test("where a job stands is told", async () => {
    await emulator.set({ queue: 60, queue_position: true });
    const job = await emulator.router().submitVideo(SMALL);
    await job.poll();
    expect([job.providerStatus, job.waiting, job.queuePosition]).toEqual(["queued", true, 1]);
    await emulator.set({ queue: 0 });
    await emulator.finish();
    expect((await job.poll()).status).toBe("completed");
  });
});

describe("answers to polls", () => {
  test.each(["reset", "503", "429:0.1", "401", "html", "invalid-json", "bare-list", "no-data"])(
    "%s ends no job",
    async (what) => {
      const { taskId } = await emulator.router().submitVideo(SMALL);
      const provider = new DiffusionRouterProvider(emulator.origin, undefined, () => {});
      await emulator.fault("poll", what);
      expect((await failure(provider.poll([taskId]))).code).not.toBe("internal");
      expect((await provider.poll([taskId]))[0]?.state).toBe("succeeded");
    },
  );

  test("a gateway's page is no word about a job", async () => {
    const job = await emulator.router().submitVideo(SMALL);
    await emulator.fault("poll", "404", { body: "html" });
    expect((await failure(job.poll())).name).toBe("ServerError");
    expect((await job.poll()).status).toBe("completed");
  });

  test("a word that nobody knows counts as processing", async () => {
    const job = await emulator.router().submitVideo(SMALL);
    await emulator.fault("poll", "status:daydreaming");
    expect(await job.poll()).toMatchObject({
      status: "processing",
      provider_status: "daydreaming",
    });
  });

  test("a list that shows others' jobs is not asked for again at once", async () => {
    await emulator.set({ seconds: 60 });
    const jobs = await emulator.router().submitVideos([SMALL, SMALL, SMALL]);
    const provider = new DiffusionRouterProvider(emulator.origin, undefined, () => {});
    const ids = jobs.map(({ taskId }) => taskId);
    expect(provider.pollLimit).toBe(1000);
    await emulator.fault("list", "foreign");
    expect((await provider.poll(ids)).map(({ state }) => state)).toEqual(
      Array(3).fill("processing"),
    );
    expect(provider.pollLimit).toBeUndefined();
    await provider.poll(ids);
    expect([await asked("list"), await asked("poll")]).toEqual([1, 6]);
  });

  test("hints when to ask again are heeded", async () => {
    const hints: Record<string, string>[] = [
      { "openai-poll-after-ms": "2500" },
      { "llm_provider-retry-after": "7" },
      { "retry-after": "3", "openai-poll-after-ms": "1000" },
    ];
    const server = createServer((_, response) => {
      response.writeHead(200, hints.shift()).end('{"id":"v","status":"queued"}');
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const provider = new DiffusionRouterProvider(url, undefined, () => {});
    const waits = [];
    while (hints.length) waits.push((await provider.poll(["v"]))[0]?.retryAfter);
    server.close();
    server.closeAllConnections();
    expect(waits).toEqual([2.5, 7, 3]);
  });
});

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
    const provider = new DiffusionRouterProvider(`${emulator.origin}/v1`, key, () => {});
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
    const provider = new DiffusionRouterProvider(emulator.origin, undefined, () => {});
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
    const server = createServer((request, response) => {
      if (request.method === "POST") told.push(request.headers["x-litellm-num-retries"]);
      response.end('{"id":"v","status":"queued"}');
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await emulator.router({ baseUrl }).submitVideo(SMALL.with_model("v"));
    server.close();
    server.closeAllConnections();
    expect(told).toEqual(["0"]);
  });
});

describe("a server that answers with the finished video", () => {
  beforeEach(() => emulator.set({ dialect: "dynamo", seconds: 1 }));

  test("a prompt becomes a video", async () => {
    const job = await emulator.router().submitVideo(SMALL.with_option("num_inference_steps", 4));
    expect([job.phase, (await job.poll()).status]).toEqual(["generating", "processing"]);
    const response = await job.result();
    expect(response).toMatchObject({ status: "completed", video_url: undefined });
    expect(String.fromCharCode(...(response.video_bytes ?? []).slice(4, 8))).toBe("ftyp");
    const [{ fields } = { fields: {} }] = await ordered();
    expect(fields).toEqual({
      prompt: "A cat on a wall",
      model: "Wan-AI/Wan2.1-T2V-1.3B-Diffusers",
      seconds: 1,
      size: "256x256",
      response_format: "b64_json",
      nvext: { fps: 16, num_frames: 17, seed: response.seed, num_inference_steps: 4 },
    });
    expect((await emulator.stats()).requests).toEqual({ models: 2, submit: 1 });
    await paidOnce();
  });

  test("four at once", async () => {
    const ends = await emulator.router().generateVideo(SMALL, { count: 6 });
    expect(ends.map(({ status }) => status)).toEqual(Array(6).fill("completed"));
    expect((await emulator.stats()).most_in_flight.api).toBe(4);
    await paidOnce(6);
  });

  test("a failure comes under a good status", async () => {
    const error = await failure(emulator.router().generateVideo(wordy("fail=oom seconds=0.7")));
    expect(error.message).toContain("made no video: The generation failed (oom)");
    await paidOnce();
  });

  test("what is refused at once is told at once", async () => {
    await emulator.fault("submit", "400", { code: "size is not possible" });
    const error = await failure(emulator.router().submitVideo(SMALL));
    expect(error.message).toContain("size is '256x256'");
    await paidOnce(0);
  });

  test("a connection that breaks takes the video along", async () => {
    const job = await emulator.router().submitVideo(wordy("seconds=60"));
    const other = emulator.router();
    // Of another process nobody has the connection.
    expect((await other.pollVideo(job.taskId)).error?.code).toBe("job_lost");
    const ended = failure(job.result());
    await emulator.stop();
    const error = await ended;
    expect(error.name).toBe("JobLostError");
    expect(error.message).toContain("nobody can have its video");
    emulator = await Emulator.start({ seconds: 0 });
  });

  test("cancelling closes the connection and says what that means", async () => {
    const job = await emulator.router().submitVideo(wordy("seconds=60"));
    expect(await job.cancel()).toBe(true);
    expect(job.error?.name).toBe("JobCancelledError");
    expect(job.error?.message).toContain("may go on computing");
  });

  test("one that was not thought to", async () => {
    await emulator.fault("models", "503", { times: -1 });
    const request = SMALL.with_model("Wan-AI/Wan2.1-T2V-1.3B-Diffusers");
    const response = await emulator.router().generateVideo(request);
    expect([response.status, response.video_bytes?.length]).toEqual([
      "completed",
      expect.any(Number),
    ]);
    await paidOnce();
  });

  test.each([0, 700])("one that was thought to, and queues it (%s ms)", async (wait) => {
    await emulator.set({ dialect: "sglang", latency: wait / 1000 });
    await emulator.set({ hosted: [{ id: "the-model", owned_by: "nvidia" }] });
    // Two addresses: what is learned of one is remembered.
    const baseUrl = wait ? emulator.origin : emulator.origin.replace("127.0.0.1", "localhost");
    const response = await emulator.router({ baseUrl }).generateVideo(SMALL);
    expect(response.status).toBe("completed");
    await paidOnce();
  });

  test.each([
    [
      "an address of its own disk",
      { data: [{ url: "file:///tmp/v.mp4" }] },
      "media_output_http_url",
    ],
    ["broken base64", { data: [{ b64_json: "no base64!" }] }, "broken base64"],
  ])("%s", async (_, more, words) => {
    const models = { data: [{ id: "wan", owned_by: "nvidia" }] };
    const done = { id: "x", object: "video", status: "completed", ...more };
    await saying(
      (method) => [200, method === "POST" ? done : models],
      async (baseUrl) => {
        const error = await failure(emulator.router({ baseUrl }).generateVideo(SMALL));
        expect(error.name).toBe("InvalidVideoError");
        expect(error.message).toContain(words);
      },
    );
  });
});
