// The client over the emulated service: what a call for several jobs, a wait and an id come to.
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { AuthenticationError, LLMKitError, VideoTimeoutError, WaitAbortedError } from "./errors.ts";
import { VideoGenerationRequest } from "./request.ts";
import { Emulator } from "./testing.ts";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await Emulator.start({ seconds: 0 });
});
afterAll(() => emulator.stop());
beforeEach(() => emulator.reset({ seconds: 0 }));

const cat = new VideoGenerationRequest("A cat");
const slow = new VideoGenerationRequest("A cat [emulator: seconds=60]");
const bad = new VideoGenerationRequest("A cat [emulator: fail=timeoutProvider]");

async function failure(call: Promise<unknown>): Promise<LLMKitError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LLMKitError);
  return error as LLMKitError;
}

test("a call for several of which one fails tells of all", async () => {
  const client = emulator.client();
  const error = await failure(client.generateVideos([cat, bad, cat]));
  expect(error.code).toBe("provider_timeout");
  expect(error.jobs?.map(({ status }) => status)).toEqual(["completed", "failed", "completed"]);
  expect(await emulator.stats()).toMatchObject({ requests: { submit: 1 } });
});

test("a wait that runs out names its jobs, which go on", async () => {
  const client = emulator.client();
  const error = await failure(client.generateVideo(slow, { count: 2, timeout: 1.5 }));
  expect(error).toBeInstanceOf(VideoTimeoutError);
  const ids = error.jobs?.map(({ taskId }) => taskId) as string[];
  expect(error.message).toContain(ids[0]);
  await emulator.finish();
  const responses = await client.pollVideos(ids);
  expect(responses.map(({ status }) => status)).toEqual(["completed", "completed"]);
  expect(Object.values(await emulator.charged())).toEqual([1, 1]);
});

test("a signal ends the waiting and nothing else", async () => {
  const client = emulator.client();
  const reason = new Error("enough");
  const early = await failure(client.generateVideo(cat, { signal: AbortSignal.abort(reason) }));
  expect(early).toBeInstanceOf(WaitAbortedError);
  expect(await emulator.charged()).toEqual({});

  const controller = new AbortController();
  const waiting = failure(client.generateVideo(slow, { signal: controller.signal }));
  while (!Object.keys(await emulator.charged()).length)
    await new Promise((on) => setTimeout(on, 20));
  controller.abort(reason);
  const late = await waiting;
  expect(late).toMatchObject({ name: "AbortError", code: "aborted", cause: reason });
  expect(await client.pollVideo(late.taskId as string)).toMatchObject({ status: "processing" });
});

test("a controller in place of its signal is told before anything is sent", async () => {
  const signal = new AbortController() as unknown as AbortSignal;
  for (const call of [
    emulator.client().generateVideo(cat, { signal }),
    emulator.client().submitVideo(cat, { signal }),
  ]) {
    expect(await failure(call)).toMatchObject({ code: "invalid_request", field: "signal" });
  }
  expect((await emulator.stats()).requests.submit ?? 0).toBe(0);
});

test("a wait is over in time also where the submission hangs, and its job is not lost", async () => {
  const client = emulator.client();
  await emulator.fault("submit", "timeout");
  const error = await failure(client.generateVideo(cat, { timeout: 0.3 }));
  expect(error).toBeInstanceOf(VideoTimeoutError);
  const [job] = error.jobs ?? [];
  expect(client.job(error.taskId as string)).toBe(job);
  expect(job?.phase).toBe("submitting");
  const router = emulator.router();
  await emulator.fault("submit", "timeout");
  const other = await failure(router.generateVideo(cat, { timeout: 0.3 }));
  expect([other.code, other.taskId]).toEqual(["timeout", undefined]);
  expect(other.message).toContain("still being submitted");
  expect(await other.jobs?.[0]?.cancel()).toBe(false);
  expect((await emulator.stats()).requests.cancel ?? 0).toBe(0);
});

test("one answer that fails many jobs names each of them", async () => {
  const jobs = await emulator.client({ apiKey: "bad-key" }).submitVideos([cat, cat, cat]);
  const ended = await Promise.all(jobs.map((job) => failure(job.result())));
  expect(ended.map(({ taskId }) => taskId)).toEqual(jobs.map(({ taskId }) => taskId));
  expect(ended.map(({ jobs: own }) => own)).toEqual(jobs.map((job) => [job]));
  for (const error of ended) {
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ name: "AuthenticationError", code: "authentication" });
    expect(error.stack).toContain(error.message);
  }
});

test("an id that would lead elsewhere is none", async () => {
  for (const id of [".", ".."]) {
    expect(await failure(emulator.router().pollVideo(id))).toMatchObject({ field: "task_id" });
  }
});

test("a model may have any name, and is not found", async () => {
  const odd = cat.with_model("constructor");
  expect(await failure(emulator.client().generateVideo(odd))).toMatchObject({
    code: "model_not_found",
  });
});

test("an id is that of the job that this client has begun, with its provider or without", async () => {
  const client = emulator.client();
  const job = await client.submitVideo(cat);
  expect(client.job(` ${job.taskId} `)).toBe(job);
  expect(client.job(`runware/${job.taskId}`)).toBe(job);
});

test("another client goes on with an id, and says of an unknown one that it is", async () => {
  const { taskId } = await emulator.client().submitVideo(cat);
  const other = emulator.client();
  const [there, gone] = await Promise.allSettled([
    other.job(taskId).result({ timeout: 20 }),
    other.job(crypto.randomUUID()).result({ timeout: 20 }),
  ]);
  expect(there).toMatchObject({ status: "fulfilled", value: { status: "completed" } });
  expect(gone).toMatchObject({ status: "rejected", reason: { code: "job_not_found" } });
});

test("the page's helper tells a status once, and the address at the end", async () => {
  const heard: string[] = [];
  const prompt = "A cat [emulator: seconds=1.5 progress]";
  const said = (status: string) => heard.push(status);
  const url = await emulator.client().generateVideoWithPolling(prompt, 20, said);
  expect(url).toMatch(/\.mp4$/);
  expect(new Set(heard).size).toBe(heard.length);
  expect(heard.length).toBeGreaterThan(1);
});

test("nothing is sent where one of many cannot be made", async () => {
  const wrong = cat.with_duration(31);
  await expect(emulator.client().generateVideos([cat, wrong])).rejects.toMatchObject({
    code: "invalid_request",
    field: "duration",
  });
  expect(await emulator.charged()).toEqual({});
});
