import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { InsufficientCreditError, type LLMKitError, ServerError } from "../../errors.ts";
import { VideoGenerationRequest } from "../../request.ts";
import { Secret } from "../../secret.ts";
import { Emulator } from "../../testing.ts";
import type { Ticket, Update } from "../provider.ts";
import { RunwareProvider } from "./provider.ts";
import { accounts } from "./service.ts";

const KEY = "emulator-key-0123456789";
let emulator: Emulator;
let said: string[];

beforeAll(async () => {
  emulator = await Emulator.start();
});
beforeEach(async () => {
  accounts.clear();
  said = [];
  await emulator.reset({ seconds: 0 });
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => emulator.stop());

function provider(url = emulator.url): RunwareProvider {
  return new RunwareProvider(new Secret(KEY), url, (message) => said.push(message));
}

async function jobs(count: number, prompt = "A cat") {
  const request = await provider().validate(
    new VideoGenerationRequest(prompt, { model: "klingai:6@1" }),
  );
  const one = () => ({ taskId: crypto.randomUUID(), request, seedIsChosen: false });
  return Array.from({ length: count }, one);
}

/** What became of jobs, each once. */
async function submitted(count: number, by = provider(), prompt?: string) {
  const all = await jobs(count, prompt);
  const answers = await by.submit(all);
  return { ids: all.map(({ taskId }) => taskId), answers };
}

function taken(answers: Map<string, Ticket | LLMKitError>): string[] {
  return [...answers].flatMap(([taskId, answer]) => ("message" in answer ? [] : taskId));
}

function once(ids: readonly string[]) {
  return Object.fromEntries(ids.map((id) => [id, 1]));
}

function states(updates: readonly Update[]) {
  return Object.fromEntries(updates.map(({ taskId, state }) => [taskId, state]));
}

function all(ids: readonly string[], state: string) {
  return Object.fromEntries(ids.map((id) => [id, state]));
}

test("many jobs share one request, for their submission and for the question", async () => {
  const by = provider();
  const { ids, answers } = await submitted(100, by);
  expect(taken(answers)).toEqual(ids);
  expect(states(await by.poll(ids))).toEqual(all(ids, "succeeded"));
  expect((await emulator.stats()).requests).toMatchObject({ submit: 1, poll: 1 });
  expect(await emulator.charged()).toEqual(once(ids));
});

test.for([
  ["max_array", 1],
  ["max_array", 7],
  ["answer_only", 1],
  ["answer_only", 7],
] as const)("arrays become smaller where %s is %d", async ([option, size]) => {
  const by = provider();
  await emulator.set({ [option]: size });
  const { ids, answers } = await submitted(20, by);
  expect(taken(answers).sort()).toEqual([...ids].sort());
  expect(await emulator.charged()).toEqual(once(ids));
  await by.poll(ids); // what is not shown at once may be shown later
  expect(states(await by.poll(ids))).toEqual(all(ids, "succeeded"));
  expect(by.submitLimit).toBeLessThanOrEqual(size);
  expect(by.pollLimit).toBeLessThanOrEqual(size);
  // Another client of the address does not try again.
  const before = (await emulator.stats()).requests.submit ?? 0;
  const other = provider();
  expect(taken((await submitted(size, other)).answers)).toHaveLength(size);
  expect(other.submitLimit).toBe(by.submitLimit);
  expect((await emulator.stats()).requests.submit).toBe(before + Math.ceil(size / by.submitLimit));
});

test("an array that is refused whatever its size is none too large", async () => {
  await emulator.fault("submit", "400", { times: -1, code: "x", body: "html" });
  const by = provider();
  const { answers } = await submitted(5, by);
  expect(taken(answers)).toEqual([]);
  expect(by.submitLimit).toBe(100);
});

test("what is sent again has been taken: it is charged once", async () => {
  const by = provider();
  const all = await jobs(3);
  await by.submit(all.slice(0, 2));
  const answers = await by.submit(all);
  const ids = all.map(({ taskId }) => taskId);
  expect(taken(answers)).toEqual(ids);
  expect(await emulator.charged()).toEqual(once(ids));
});

test.for(["lost:reset", "lost:502", "html", "no-data", "429:0.1", "503"])(
  "a submission that is answered with %s is charged once",
  async (what) => {
    await emulator.fault("submit", what);
    const job = await emulator.client().submitVideo(new VideoGenerationRequest("A cat"));
    expect(job.phase).toBe("generating");
    expect(await emulator.charged()).toEqual(once([job.taskId]));
    expect((await emulator.stats()).requests.submit).toBe(2);
  },
);

test("a refusal of a part that was perhaps taken before is no certain one", async () => {
  await emulator.fault("submit", "partial");
  await emulator.fault("submit", "402", { times: 3 });
  const { answers } = await submitted(4);
  const refused = [...answers.values()].filter((answer) => answer instanceof ServerError);
  expect(refused).toHaveLength(2);
  expect(String(refused[0])).toMatch(/did not say whether it took the job; then: .*credit/);
});

test("a refusal for lack of credit that came first is certain", async () => {
  await emulator.fault("submit", "402");
  const { answers } = await submitted(2);
  for (const answer of answers.values()) expect(answer).toBeInstanceOf(InsufficientCreditError);
  expect(await emulator.charged()).toEqual({});
});

test("a service that takes no ttl is sent none", async () => {
  await emulator.set({ refuse_ttl: true });
  expect(taken((await submitted(2)).answers)).toHaveLength(2);
  expect(taken((await submitted(1)).answers)).toHaveLength(1);
  expect((await emulator.stats()).requests.submit).toBe(3);
});

test("a request holds eight megabytes of pictures at most", async () => {
  const picture = new Uint8Array(2_500_000);
  picture.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const by = provider();
  const request = await by.validate(
    new VideoGenerationRequest("A cat", { model: "klingai:6@1" }).with_image(picture),
  );
  const some = (await jobs(3)).map((job) => ({ ...job, request }));
  expect((await by.submit(some)).size).toBe(3);
  expect((await emulator.stats()).requests.submit).toBe(2);
  expect(Object.keys(await emulator.charged())).toHaveLength(3);
});

test("four requests are in flight, and three of them at most are no polls", async () => {
  await emulator.set({ latency: 0.3 });
  const [one, other] = [provider(), provider()];
  const submits = Array.from({ length: 6 }, (_, i) => submitted(1, i % 2 ? one : other));
  await Promise.all(submits);
  expect((await emulator.stats()).most_in_flight.api).toBe(3);
  const polls = Array.from({ length: 6 }, () => one.poll([crypto.randomUUID()]));
  const again = Array.from({ length: 6 }, () => submitted(1, other));
  await Promise.all([...polls, ...again]);
  expect((await emulator.stats()).most_in_flight.api).toBe(4);
});

test("a fault that names nobody is found to be of the job that it is about", async () => {
  const by = provider();
  const { ids } = await submitted(4, by);
  const marked = "A dog [emulator: fail=inferenceError fail_style=anonymous]";
  const bad = await submitted(1, by, marked);
  const updates = states(await by.poll([...ids, ...bad.ids]));
  expect(updates).toEqual({ ...all(ids, "succeeded"), ...all(bad.ids, "failed") });
});

test.for(["internalServerError", "insufficientCredits", "rateLimitExceeded", "missingParameter"])(
  "a fault %s that names nobody ends none of many",
  async (code) => {
    const by = provider();
    const { ids } = await submitted(3, by);
    await emulator.fault("poll", "anonymous-error", { code, times: -1 });
    const told = states(await by.poll(ids));
    expect(Object.values(told).filter((state) => state === "failed")).toEqual([]);
  },
);

test("a poll that came too soon says how long to wait", async () => {
  const by = provider();
  await emulator.fault("poll", "429:7");
  const poll = by.poll([crypto.randomUUID()]);
  await expect(poll).rejects.toMatchObject({ code: "rate_limit", retryAfterSeconds: 7 });
});

test("a doubtful word counts when it was told three times over two minutes", async () => {
  const by = provider();
  const { ids } = await submitted(1, by, "A cat [emulator: seconds=900]");
  await emulator.fault("poll", "item-error", { code: "unknownError", times: -1 });
  let now = performance.now();
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const told = async () => (await by.poll(ids))[0]?.state;
  expect([await told(), await told(), await told()]).toEqual(Array(3).fill("processing"));
  now += 119_000;
  expect(await told()).toBe("processing");
  now += 2_000;
  expect(await told()).toBe("failed");
});

test("a doubtful word does not outweigh a video in the archive", async () => {
  const by = provider();
  const { ids } = await submitted(1, by);
  await emulator.fault("poll", "singular-error", { code: "unknownError", times: -1 });
  let now = performance.now();
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const told = async () => (await by.poll(ids))[0];
  await told();
  await told();
  now += 121_000;
  // An archive that cannot be asked at the moment is no reason to believe it.
  await emulator.fault("details", "503");
  expect((await told())?.state).toBe("processing");
  await told();
  await told();
  now += 121_000;
  expect(await told()).toMatchObject({ state: "succeeded", taskId: ids[0] });
});

test("a job that polls show no longer is found in the archive", async () => {
  const by = provider();
  const { ids } = await submitted(1, by);
  await emulator.forget(ids, "poll");
  expect((await by.poll(ids))[0]?.state).toBe("unknown");
  expect(await by.lookBack(ids[0] ?? "")).toMatchObject({ state: "succeeded" });
  await emulator.forget(ids);
  expect(await by.lookBack(ids[0] ?? "")).toMatchObject({ state: "unknown" });
});

test.for(["submit", "poll"])(
  "the key is in nothing, even if an answer to %s has it",
  async (kind) => {
    const by = provider();
    const { ids } = await submitted(1, by);
    await emulator.fault(kind, "echo-key", { code: "inferenceError" });
    const told: unknown[] =
      kind === "poll"
        ? (await by.poll(ids)).map(({ error }) => error)
        : [...(await submitted(1, by)).answers.values()];
    expect(told[0]).toBeInstanceOf(Error);
    const shown = [inspect([by, told], { depth: 9, showHidden: true }), JSON.stringify([by, told])];
    for (const each of [...shown, String(told[0])]) {
      expect(each).not.toContain(KEY);
      expect(each).not.toContain(btoa(KEY));
    }
    expect(shown[0]).toContain("[key]");
  },
);

test("the price is known beforehand, and asking for it makes nothing", async () => {
  const by = provider();
  const [job] = await jobs(1);
  if (!job) throw new Error("no job");
  expect(await by.estimate(job.request)).toBeCloseTo(0.25);
  expect(await emulator.charged()).toEqual({});
  await emulator.fault("dryrun", "402");
  await expect(by.estimate(job.request)).rejects.toBeInstanceOf(InsufficientCreditError);
});

test("a dry run that is answered like a submission is not repeated", async () => {
  const by = provider();
  const [job] = await jobs(1);
  if (!job) throw new Error("no job");
  // As if the header had been lost on the way.
  const send = globalThis.fetch;
  vi.spyOn(globalThis, "fetch").mockImplementation((url, init) => {
    const headers = { ...(init?.headers as Record<string, string>) };
    delete headers["X-Runware-Dry-Run"];
    return send(url, { ...init, headers });
  });
  expect(await by.estimate(job.request)).toBeUndefined();
  const charged = await emulator.charged();
  expect(Object.keys(charged)).toHaveLength(1);
  expect(said.join()).toContain(Object.keys(charged)[0]);
  expect(await provider().estimate(job.request)).toBeUndefined();
  expect(await emulator.charged()).toEqual(charged);
});

test("the video's address is public, and a new one can be asked for", async () => {
  const by = provider();
  const { ids } = await submitted(1, by);
  const [update] = await by.poll(ids);
  if (!update) throw new Error("no update");
  const source = by.source(update);
  expect(source).toMatchObject({ url: update.videoUrl, ownOrigin: emulator.url });
  expect(source.key).toBeUndefined();
  expect(await source.renew?.()).toBe(update.videoUrl);
});

test("a job cannot be stopped, and that is said with what it means", async () => {
  const { stopped, note } = await provider().cancel("any");
  expect(stopped).toBe(false);
  expect(note).toMatch(/cannot cancel .* will be charged/);
});

test("something else at the address is told at once", async () => {
  const client = emulator.client({ baseUrl: `${emulator.origin}/v2` });
  const job = client.submitVideo(new VideoGenerationRequest("A cat"));
  await expect(job).rejects.toMatchObject({ code: "wrong_address" });
  await expect(job).rejects.toThrow(/\/v2 answers with HTTP status 404.*LLMKIT_RUNWARE_URL/);
});

test("a key that is refused says so and is not shown", async () => {
  const client = emulator.client({ apiKey: "bad-key" });
  const job = client.submitVideo(new VideoGenerationRequest("A cat"));
  await expect(job).rejects.toMatchObject({ code: "authentication", details: { status: 401 } });
  await expect(job).rejects.toThrow(/^(?!.*bad-key).*LLMKIT_API_KEY/);
});
