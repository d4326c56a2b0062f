import { beforeEach, describe, expect, test } from "vitest";
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
  serving,
  useEmulator,
  wordy,
} from "./testing.ts";

useEmulator();

describe.each(["openai", "vllm-omni", "sglang"])("%s", (dialect) => {
  beforeEach(() => emulator.set({ dialect }));

  test("a prompt becomes a video", async () => {
    const response = await make(emulator.router());
    expect(response).toMatchObject({ status: "completed", model: MODELS[dialect] });
    const url = `${emulator.origin}/v1/videos/${response.task_id}/content`;
    expect(response.video_url).toBe(url);
    expect([response.duration, response.width]).toEqual([1, 96]);
    expect((await response.bytes()).length).toBe(response.size);
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

  test("a video in cloud storage is fetched from there, without the key", async () => {
    await emulator.set({ in_cloud: true });
    const client = emulator.router({ provider: "diffusion-router", apiKey: "the-key" });
    const response = await make(client);
    expect(response.video_url).not.toContain(emulator.origin);
    expect((await response.bytes()).length).toBeGreaterThan(1000);
    expect(await emulator.stats()).toMatchObject({ files_with_credentials: 0 });
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
      const provider = new DiffusionRouterProvider(emulator.origin, undefined);
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
    const provider = new DiffusionRouterProvider(emulator.origin, undefined);
    const { stopped, note } = await provider.cancel("no-such-job");
    expect([stopped, note]).toEqual([false, `${emulator.origin} does not know the job.`]);
  });

  test("a job that is forgotten is lost, and not sent again", async () => {
    const provider = new DiffusionRouterProvider(emulator.origin, undefined);
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
      const provider = new DiffusionRouterProvider(emulator.origin, undefined);
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
    const provider = new DiffusionRouterProvider(emulator.origin, undefined);
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
    const waits: (number | undefined)[] = [];
    await serving(
      (_, response) => {
        response.writeHead(200, hints.shift()).end('{"id":"v","status":"queued"}');
      },
      async (url) => {
        const provider = new DiffusionRouterProvider(url, undefined);
        while (hints.length) waits.push((await provider.poll(["v"]))[0]?.retryAfter);
      },
    );
    expect(waits).toEqual([2.5, 7, 3]);
  });
});
