// Jobs and their lane, over a provider that does what a test tells it: no time, no network.
import { expect, test, vi } from "vitest";
import { JobNotFoundError, LLMKitError, NetworkError, SubmissionUnknownError } from "./errors.ts";
import { VideoJob } from "./job.ts";
import { Lane } from "./lane.ts";
import type { Provider, Submission, Ticket, Update } from "./providers/provider.ts";
import { VideoGenerationRequest } from "./request.ts";

type Answers = Map<string, Ticket | LLMKitError>;

class Scripted {
  readonly submitLimit = 100;
  pollLimit: number | undefined = 100;
  submitted: string[][] = [];
  polled: string[][] = [];
  lookedBack: string[] = [];
  onSubmit: (ids: string[], time: number) => Answers | Promise<Answers> = taken;
  onPoll: (ids: string[], time: number) => Update[] | Promise<Update[]> = () => [];
  onSource = () => {};

  async submit(submissions: readonly Submission[]): Promise<Answers> {
    const ids = submissions.map(({ taskId }) => taskId);
    this.submitted.push(ids);
    return await this.onSubmit(ids, this.submitted.length);
  }
  async poll(ids: string[]): Promise<Update[]> {
    this.polled.push(ids);
    return await this.onPoll(ids, this.polled.length);
  }
  async lookBack(taskId: string): Promise<Update> {
    this.lookedBack.push(taskId);
    return { taskId, state: "unknown" };
  }
  source() {
    this.onSource();
    return { bytes: new Uint8Array(0), ownOrigin: "https://v.example" };
  }
  whereToLook(): string {
    return "Look there.";
  }
}

function taken(ids: string[]): Answers {
  return new Map(ids.map((taskId) => [taskId, { taskId }]));
}
function done(ids: string[]): Update[] {
  return ids.map((taskId) => ({ taskId, state: "succeeded", videoUrl: "https://v.example/a.mp4" }));
}
function running(ids: string[]): Update[] {
  return ids.map((taskId) => ({ taskId, state: "processing", providerStatus: "processing" }));
}

function lane(provider: Scripted, idempotentSubmit = true): Lane {
  const load = async () => provider as unknown as Provider;
  return new Lane({ name: "scripted", title: "Scripted", idempotentSubmit, load }, 600);
}
function job(where: Lane): VideoJob {
  const request = new VideoGenerationRequest("A cat");
  return new VideoJob(where, { request, sent: request });
}

test("jobs of the same moment share a submission and its questions", async () => {
  const provider = new Scripted();
  provider.onPoll = done;
  const here = lane(provider);
  const jobs = [job(here), job(here), job(here)];
  await Promise.all(jobs.map((each) => here.submit(each)));
  const responses = await Promise.all(jobs.map((each) => each.result()));
  expect(responses.map(({ status }) => status)).toEqual(Array(3).fill("completed"));
  expect(provider.submitted).toHaveLength(1);
  expect(provider.polled.map((ids) => ids.length)).toEqual([3]);
});

test("one that is not there does not fail a question about another", async () => {
  const provider = new Scripted();
  provider.onPoll = (ids) => running(ids.filter((id) => id === "there"));
  const here = lane(provider);
  const ended = await Promise.allSettled([
    new VideoJob(here, "there").poll(),
    new VideoJob(here, "gone").poll(),
  ]);
  expect(ended[0]).toMatchObject({ status: "fulfilled", value: { status: "processing" } });
  expect(ended[1]).toMatchObject({ status: "rejected", reason: { code: "job_not_found" } });
  expect(provider.polled).toEqual([["there", "gone"]]);
});

test("waiting for a job of another process that is not there ends at once", async () => {
  const provider = new Scripted();
  const missing = new VideoJob(lane(provider), "gone");
  await expect(missing.result({ timeout: 20 })).rejects.toThrow(JobNotFoundError);
  // It may be there a moment later.
  provider.onPoll = done;
  await expect(missing.result({ timeout: 20 })).resolves.toMatchObject({ status: "completed" });
});

test("one that was seen and is not shown for a moment is still there", async () => {
  const provider = new Scripted();
  provider.onPoll = (ids, time) => (time === 2 ? [] : running(ids));
  const seen = new VideoJob(lane(provider), "there");
  await seen.poll();
  await expect(seen.poll()).resolves.toMatchObject({ status: "processing" });
  expect(provider.lookedBack).toEqual([]);
});

test("a job that is watched is not asked for before the provider has it", async () => {
  vi.useFakeTimers();
  try {
    const provider = new Scripted();
    let answer: (answers: Answers) => void = () => {};
    provider.onSubmit = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    provider.onPoll = running;
    const here = lane(provider, false);
    const one = job(here);
    const submitted = here.submit(one);
    await vi.advanceTimersByTimeAsync(10);
    expect(one.phase).toBe("submitting");
    one.watch();
    await vi.advanceTimersByTimeAsync(100_000);
    expect(provider.polled).toEqual([]);
    const [id] = provider.submitted[0] ?? [];
    answer(new Map([[id as string, { taskId: "theirs" }]]));
    await submitted;
    await vi.advanceTimersByTimeAsync(15_000);
    expect(provider.polled[0]).toEqual(["theirs"]);
  } finally {
    vi.useRealTimers();
  }
});

test("a video that cannot be handed over now is asked for again", async () => {
  const provider = new Scripted();
  provider.onPoll = done;
  let times = 0;
  provider.onSource = () => {
    times += 1;
    if (times === 1) throw new TypeError("a mistake");
  };
  const here = lane(provider);
  const [one, other] = [job(here), job(here)];
  await Promise.all([here.submit(one), here.submit(other)]);
  const [first, second] = await Promise.all([one.result(), other.result({ timeout: 20 })]);
  expect([first.status, second.status]).toEqual(["completed", "completed"]);
  // The other one's news were heard all the same.
  expect(provider.polled.map((ids) => ids.length)).toEqual([2, 1]);
});

test("a listener that fails costs no video, and hears of changes alone", async () => {
  const provider = new Scripted();
  provider.onPoll = (ids, time) => (time < 3 ? running(ids) : done(ids));
  const said = vi.spyOn(console, "error").mockImplementation(() => {});
  try {
    const here = lane(provider);
    const one = job(here);
    const heard: string[] = [];
    one.onChange(() => {
      heard.push(`${one.phase} ${one.providerStatus}`);
      throw new Error("no");
    });
    await here.submit(one);
    await expect(one.result({ timeout: 20 })).resolves.toMatchObject({ status: "completed" });
    expect(heard).toEqual([
      "submitting undefined",
      "generating undefined",
      "generating processing",
      "downloading undefined",
      "done undefined",
    ]);
    expect(said).toHaveBeenCalledTimes(heard.length);
  } finally {
    said.mockRestore();
  }
});

test("a lost answer is repeated under the same id where that makes one job, and nowhere else", async () => {
  for (const idempotent of [true, false]) {
    const provider = new Scripted();
    provider.onSubmit = (ids, time) => (time === 1 ? new Map() : taken(ids));
    const here = lane(provider, idempotent);
    const one = job(here);
    await here.submit(one);
    expect(provider.submitted).toHaveLength(idempotent ? 2 : 1);
    expect(new Set(provider.submitted.flat()).size).toBe(1);
    expect(one.error).toEqual(idempotent ? undefined : expect.any(SubmissionUnknownError));
  }
});

test("one that may have arrived and is refused the next time is asked for", async () => {
  const provider = new Scripted();
  provider.onSubmit = (ids, time) => {
    const failure = time === 1 ? new NetworkError("broke off") : new LLMKitError("no");
    return new Map(ids.map((id) => [id, failure]));
  };
  provider.onPoll = done;
  const here = lane(provider);
  const one = job(here);
  await here.submit(one);
  expect(one.status).toBe("processing");
  await expect(one.result({ timeout: 20 })).resolves.toMatchObject({ status: "completed" });
});

test("a provider that throws refuses its jobs, and none is left hanging", async () => {
  const provider = new Scripted();
  provider.onSubmit = () => {
    throw new TypeError("a mistake");
  };
  const here = lane(provider);
  const one = job(here);
  await here.submit(one);
  expect(one.error).toMatchObject({ code: "internal" });
});

test("a clock that jumps changes nothing", async () => {
  const provider = new Scripted();
  provider.onPoll = done;
  const here = lane(provider);
  const one = job(here);
  await here.submit(one);
  const waiting = one.result({ timeout: 20 });
  const clock = vi.spyOn(Date, "now").mockReturnValue(0);
  try {
    await expect(waiting).resolves.toMatchObject({ status: "completed" });
    expect(one.elapsed).toBeGreaterThan(0);
  } finally {
    clock.mockRestore();
  }
});
