// Cards that move: their pace, their last word, and what is left of a wait that was given up.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { GenerationFailedError, VideoTimeoutError, WaitAbortedError } from "../errors.ts";
import { VideoJob } from "../job.ts";
import type { Lane } from "../lane.ts";
import { VideoGenerationRequest } from "../request.ts";
import { display, waiting } from "./display.ts";

interface Said {
  type: string;
  id: string;
  text: string;
}

let said: Said[] = [];
let watchers = 0;
let broken = false;

const lane = {
  entry: { name: "runware", idempotentSubmit: true },
  timeout: 600,
  usual: () => undefined,
  learn: () => {},
  provider: async () => ({
    source: () => ({ ownOrigin: "https://x.org", bytes: new Uint8Array(8) }),
  }),
  watch: () => {
    watchers += 1;
    return () => {
      watchers -= 1;
    };
  },
} as unknown as Lane;

beforeEach(() => {
  [said, watchers, broken] = [[], 0, false];
  vi.useFakeTimers();
  vi.stubGlobal("Deno", {
    jupyter: {
      // biome-ignore lint/suspicious/noExplicitAny: the kernel's own shape
      broadcast: async (type: string, { data, transient }: any) => {
        if (broken) throw new Error("no connection");
        said.push({ type, id: transient.display_id, text: data["text/plain"] });
      },
    },
  });
});

afterEach(async () => {
  await pass(1);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function begun(prompt = "A cat"): VideoJob {
  const request = new VideoGenerationRequest(prompt, { model: "pixverse-v6" });
  const job = new VideoJob(lane, { request, sent: request });
  job.accept({ taskId: job.taskId });
  return job;
}

const failure = () => new GenerationFailedError("The model gave up.");

/** Let time pass, in which a job is heard of ten times a second. */
async function pass(seconds: number, ...jobs: VideoJob[]): Promise<void> {
  for (let tenth = 0; tenth < seconds * 10; tenth += 1) {
    await vi.advanceTimersByTimeAsync(100);
    for (const job of jobs) job.hear({ taskId: job.taskId, state: "processing", progress: 0.5 });
  }
}

test("a job becomes a card, in an output of its own that can be changed", async () => {
  const job = begun();
  expect(await display(job)).toEqual({});
  expect(said).toHaveLength(1);
  expect(said[0]).toMatchObject({
    type: "display_data",
    text: expect.stringMatching(/^Generating/),
  });
  expect(watchers).toBe(1);
  job.fail(failure());
  await pass(0.1);
  expect(said[1]).toMatchObject({ type: "update_display_data", id: said[0]?.id });
  expect(said[1]?.text).toMatch(/^Failed after .* The model gave up\./);
  await pass(5);
  expect(said).toHaveLength(2);
  expect(watchers).toBe(0);
});

test("a card is sent once a second, and a new phase at once", async () => {
  const job = begun();
  await display(job);
  await pass(5, job);
  expect(said.length).toBeGreaterThanOrEqual(5);
  expect(said.length).toBeLessThanOrEqual(6);
  said = [];
  job.enter("downloading");
  await pass(0.1);
  expect(said.map(({ text }) => text.split(" ")[0])).toEqual(["Downloading"]);
  job.fail(failure());
  await pass(0.1);
});

test("many cards share four messages a second, and none is forgotten", async () => {
  const jobs = Array.from({ length: 20 }, (_, number) => begun(`Cat ${number}`));
  waiting(jobs);
  await pass(0.1);
  expect(said).toHaveLength(20);
  said = [];
  await pass(20, ...jobs);
  expect(said.length).toBeGreaterThanOrEqual(75);
  expect(said.length).toBeLessThanOrEqual(84);
  const times = jobs.map((_, number) =>
    said.filter((each) => each.text.includes(`Cat ${number}\n`)),
  );
  expect(Math.min(...times.map((each) => each.length))).toBeGreaterThanOrEqual(3);
  for (const job of jobs) job.fail(failure());
  await pass(10);
  expect(watchers).toBe(0);
});

test("the cards of a wait have their last word before it ends", async () => {
  const [made, failed] = [begun("Made"), begun("Failed")];
  const left = waiting([made, failed]);
  await made.deliver({ taskId: made.taskId, state: "succeeded", cost: 0.25 }, undefined);
  failed.fail(failure());
  await left(failure());
  const [first, second] = said.map(({ id }) => id);
  const last = (id: string | undefined) => said.filter((each) => each.id === id).at(-1)?.text;
  expect(last(first)).toMatch(/^Done in \S+ s \u00b7 PixVerse v6 \u00b7 \$0\.25$/);
  expect(last(second)).toMatch(/^Failed after .*The model gave up\./);
  expect(watchers).toBe(0);
});

test.each([
  [new VideoTimeoutError("too long"), "The wait ran out; the job goes on."],
  [new WaitAbortedError("enough"), "Stopped waiting; the job goes on."],
])("after %s the card goes on", async (error, words) => {
  const job = begun();
  await waiting([job])(error);
  expect(said.at(-1)?.text).toContain(words);
  said = [];
  await pass(3, job);
  expect(said.length).toBeGreaterThanOrEqual(2);
  expect(watchers).toBe(1);
  job.fail(failure());
  await pass(0.1);
  expect(said.at(-1)?.text).toMatch(/^Failed/);
});

test("after an error of another kind nothing is promised", async () => {
  const job = begun();
  await waiting([job])(new TypeError("broken"));
  await pass(3, job);
  expect(said.map(({ text }) => text).join()).not.toContain("goes on");
  expect(said.length).toBeLessThanOrEqual(2);
  expect(watchers).toBe(0);
});

test("a card that cannot be shown is let go of, and said once", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const job = begun();
  await display(job);
  broken = true;
  await pass(5, job);
  expect(warn.mock.calls).toEqual([[expect.stringContaining("no connection")]]);
  expect(watchers).toBe(0);
  warn.mockRestore();
});

test("outside of a notebook a job is a card that stands still", async () => {
  vi.unstubAllGlobals();
  const bundle = await display(begun());
  expect(bundle["text/plain"]).toContain("Run the cell again to see how it stands now.");
  expect(watchers).toBe(0);
});
