// All jobs of one provider: handed over together, asked for together.
import {
  GenerationFailedError,
  JobCancelledError,
  JobLostError,
  JobNotFoundError,
  LLMKitError,
  NetworkError,
  SubmissionUnknownError,
} from "./errors.ts";
import { cut, Gathered, pause } from "./gathered.ts";
import type { VideoJob } from "./job.ts";
import { GRACE, nextDelay, type Usual, usualOf } from "./polling.ts";
import type { Provider, Ticket, Update } from "./providers/provider.ts";
import type { Entry } from "./providers/registry.ts";
import { decide, delay, mayHaveArrived } from "./transport/retry.ts";

const CYCLE = 0.5; // seconds between two rounds, at the least
const TOGETHER = 0.05; // seconds; polls that fall due within it share a request
const LATEST = 20; // jobs of a kind that are remembered
const LOOKS = 4; // tries to answer a question that somebody waits for

interface Watched {
  watchers: number;
  /** When to ask, by `performance.now()`: the time of day may jump. Undefined while it is asked. */
  due: number | undefined;
}

export class Lane {
  readonly entry: Entry;
  /** Seconds that a call waits by default. */
  readonly timeout: number;
  #provider: Promise<Provider> | undefined;
  /** Jobs in one request to poll, as the provider says. */
  #pollLimit: number | undefined;
  readonly #watched = new Map<VideoJob, Watched>();
  /** Since when the provider does not show a job, and whether it was looked for elsewhere. */
  readonly #missing = new Map<VideoJob, { since: number; looked: boolean }>();
  readonly #times = new Map<string, number[]>();
  /** Jobs of which nobody has heard yet whether they were taken. */
  readonly #sending = new Set<VideoJob>();
  readonly #submitting = new Gathered<VideoJob>((jobs) => this.#submitAll(jobs));
  readonly #looking = new Gathered<VideoJob>((jobs, failed) => this.#lookAt(jobs, failed));
  #timer: ReturnType<typeof setTimeout> | undefined;
  #nextRound = 0;
  #failures = 0;
  #jitter = Math.random();

  constructor(entry: Entry, timeout: number) {
    this.entry = entry;
    this.timeout = timeout;
  }

  provider(): Promise<Provider> {
    this.#provider ??= this.entry.load();
    return this.#provider;
  }

  /** Hand a job over, together with those of the same moment; it is accepted then, or has failed. */
  async submit(job: VideoJob): Promise<void> {
    await this.#submitting.add(job);
  }

  /** Ask for a job now, together with those of the same moment. */
  async look(job: VideoJob): Promise<void> {
    await this.#looking.add(job);
  }

  /** Ask for a job on its schedule, until as many have let go of it as have called this. */
  watch(job: VideoJob): () => void {
    if (job.done()) return () => {};
    const watched = this.#watched.get(job) ?? { watchers: 0, due: undefined };
    watched.watchers += 1;
    this.#watched.set(job, watched);
    if (watched.watchers === 1) this.#schedule(job);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      watched.watchers -= 1;
      if (watched.watchers === 0 && this.#watched.get(job) === watched) this.#drop(job);
    };
  }

  async cancel(job: VideoJob): Promise<boolean> {
    const { stopped, note } = await (await this.provider()).cancel(job.taskId);
    if (stopped) {
      this.#drop(job);
      job.fail(new JobCancelledError(note));
    } else {
      job.note(undefined, note);
    }
    return stopped;
  }

  /** How long jobs of this kind took in this process. */
  usual(job: VideoJob): Usual | undefined {
    return usualOf(this.#times.get(job.kind) ?? []);
  }

  learn(job: VideoJob, seconds: number): void {
    this.#times.set(job.kind, [seconds, ...(this.#times.get(job.kind) ?? [])].slice(0, LATEST));
  }

  // -- submission: at most once

  async #submitAll(jobs: readonly VideoJob[]): Promise<void> {
    const { submitLimit, pollLimit } = await this.provider();
    this.#pollLimit = pollLimit;
    await Promise.all(cut(jobs, submitLimit).map((part) => this.#submitPart(part)));
  }

  async #submitPart(jobs: readonly VideoJob[]): Promise<void> {
    const perhapsSent = new Set<VideoJob>();
    const provider = await this.provider();
    let wanted = jobs;
    for (const job of jobs) this.#sending.add(job);
    for (let attempt = 1; wanted.length; attempt += 1) {
      for (const job of wanted) job.enter("submitting");
      const answers = await this.#handOver(provider, wanted);
      const waits: number[] = [];
      const again: VideoJob[] = [];
      for (const job of wanted) {
        const answer = answers.get(job.submission.taskId);
        if (mayHaveArrived(answer)) perhapsSent.add(job);
        const wait = this.#mayRepeat(answer, attempt);
        if (wait === undefined) {
          this.#settle(job, answer, perhapsSent.has(job), provider);
        } else {
          again.push(job);
          waits.push(wait);
        }
      }
      wanted = again;
      if (wanted.length) await pause(Math.max(...waits));
    }
  }

  async #handOver(
    provider: Provider,
    jobs: readonly VideoJob[],
  ): Promise<Map<string, Ticket | LLMKitError>> {
    const submissions = jobs.map((job) => job.submission);
    try {
      return await provider.submit(submissions);
    } catch (error) {
      const failure = asError(error); // a mistake in the provider, before anything was sent
      return new Map(submissions.map(({ taskId }) => [taskId, failure]));
    }
  }

  #mayRepeat(answer: Ticket | LLMKitError | undefined, attempt: number): number | undefined {
    if (answer !== undefined && !(answer instanceof LLMKitError)) return undefined;
    const idempotent = this.entry.idempotentSubmit;
    const failure = answer ?? new NetworkError("no answer");
    return decide(failure, attempt, { reads: false, idempotent, jitter: Math.random() });
  }

  #settle(
    job: VideoJob,
    answer: Ticket | LLMKitError | undefined,
    perhapsSent: boolean,
    provider: Provider,
  ): void {
    this.#sending.delete(job);
    if (answer !== undefined && !(answer instanceof LLMKitError)) {
      job.accept(answer);
      const settled = Promise.resolve(answer.update).then(
        (update) => update && this.#act(job, update),
      );
      settled.catch((error) => job.fail(asError(error)));
      if (this.#watched.has(job)) this.#schedule(job);
    } else if (answer && !perhapsSent) {
      job.fail(answer);
    } else if (this.entry.idempotentSubmit) {
      // Under our own id it can be asked for, and perhaps it is there.
      const why = answer ? ` (${answer.message})` : "";
      job.note(`Whether the job had arrived is being asked${why}.`);
      if (this.#watched.has(job)) this.#schedule(job);
    } else {
      job.fail(this.#unknown(job, answer, provider));
    }
  }

  #unknown(
    job: VideoJob,
    cause: LLMKitError | undefined,
    provider: Provider,
  ): SubmissionUnknownError {
    const { title } = this.entry;
    const known = cause
      ? `Whether ${title} took the job cannot be told (${cause.message}).`
      : `${title} took the job and shows it no longer.`;
    return new SubmissionUnknownError(
      `${known} It was not sent again, so that it is not paid twice. ${provider.whereToLook(job.taskId)}`,
    );
  }

  // -- polling

  #drop(job: VideoJob): void {
    this.#watched.delete(job);
    this.#missing.delete(job);
    this.#wake();
  }

  #schedule(job: VideoJob, retryAfter?: number): void {
    const watched = this.#watched.get(job);
    if (!watched || this.#sending.has(job)) return;
    if (job.phase === "queued" || job.phase === "downloading") return;
    const pollLimit = this.#pollLimit;
    const many = this.#watched.size;
    const seconds = nextDelay(job.since, {
      usual: this.usual(job),
      retryAfter,
      sharing: Math.min(many, pollLimit ?? 1),
      alone: pollLimit === undefined ? many : 1,
      jitter: this.#jitter,
    });
    watched.due = performance.now() + seconds * 1000;
    this.#wake();
  }

  #wake(): void {
    clearTimeout(this.#timer);
    const dues = [...this.#watched.values()].flatMap(({ due }) => (due === undefined ? [] : [due]));
    if (!dues.length) return;
    const wait = Math.max(Math.min(...dues), this.#nextRound) - performance.now();
    this.#timer = setTimeout(() => this.#round(), Math.max(0, wait));
  }

  #round(): void {
    const now = performance.now();
    this.#jitter = Math.random();
    this.#nextRound = now + CYCLE * 1000;
    const waiting = [...this.#watched]
      .flatMap(([job, { due }]) => (due === undefined ? [] : [{ job, due }]))
      .sort((a, b) => a.due - b.due);
    const size = this.#pollLimit ?? Number.POSITIVE_INFINITY;
    const isDue = ({ due }: { due: number }) => due <= now + TOGETHER * 1000;
    const asked = waiting.filter(isDue);
    if (Number.isFinite(size)) {
      // The room that is left in a request goes to jobs that are not due yet: it costs nothing.
      const room = Math.ceil(asked.length / size) * size - asked.length;
      asked.push(...waiting.filter((each) => !isDue(each) && !each.job.troubled).slice(0, room));
    }
    const jobs = asked.map(({ job }) => job);
    for (const part of cut(jobs, size)) {
      for (const job of part) {
        const watched = this.#watched.get(job);
        if (watched) watched.due = undefined;
      }
      this.#ask(part).then(
        (told) => {
          for (const job of part) {
            this.#hear(job, told).catch((error) => this.#postpone([job], asError(error)));
          }
        },
        (error) => this.#postpone(part, asError(error)),
      );
    }
    this.#wake();
  }

  async #ask(jobs: readonly VideoJob[]): Promise<Map<string, Update>> {
    const provider = await this.provider();
    const updates = await provider.poll(jobs.map((job) => job.taskId));
    this.#pollLimit = provider.pollLimit;
    this.#failures = 0;
    return new Map(updates.map((update) => [update.taskId, update]));
  }

  async #hear(job: VideoJob, told: Map<string, Update>): Promise<void> {
    if (job.done()) return;
    await this.#act(job, told.get(job.taskId) ?? { taskId: job.taskId, state: "unknown" });
  }

  /** A poll only reads: it is repeated for as long as somebody waits. */
  #postpone(jobs: readonly VideoJob[], error: LLMKitError): void {
    this.#failures += 1;
    const wait = delay(this.#failures, error.retryAfterSeconds, Math.random());
    if (error.retryAfterSeconds !== undefined || error.code === "rate_limit") {
      // The whole account is meant, not these jobs alone.
      this.#nextRound = Math.max(this.#nextRound, performance.now() + wait * 1000);
    }
    for (const job of jobs) {
      if (job.done() || job.phase === "downloading") continue;
      const why = error.message.replace(/\.$/, "");
      job.note(`${this.entry.title} did not answer: ${why}. Asking again.`);
      this.#schedule(job, wait);
    }
  }

  async #act(job: VideoJob, update: Update): Promise<void> {
    if (update.state === "unknown") {
      const missing = this.#missing.get(job) ?? { since: performance.now(), looked: false };
      this.#missing.set(job, missing);
      if (performance.now() - missing.since >= GRACE * 1000) await this.#lookBack(job, missing);
      else this.#schedule(job, update.retryAfter);
      return;
    }
    this.#missing.delete(job);
    if (update.state === "succeeded") {
      // Of a job that was asked for late nobody knows when it was done.
      const seconds = this.#watched.has(job) && job.request ? job.since : undefined;
      await job.deliver(update, seconds);
      this.#drop(job);
    } else if (update.state === "failed") {
      const { title } = this.entry;
      const silent = new GenerationFailedError(`${title} reports a failure without a reason.`);
      job.fail(update.error ?? silent, update.cost);
      this.#drop(job);
    } else {
      job.hear(update);
      this.#schedule(job, update.retryAfter);
    }
  }

  /** Settle a job that the provider shows no longer. */
  async #lookBack(job: VideoJob, missing: { since: number; looked: boolean }): Promise<void> {
    const provider = await this.provider();
    const update = await provider.lookBack(job.taskId);
    if (update.state !== "unknown") return await this.#act(job, update);
    if (missing.looked) {
      job.fail(this.#unknown(job, undefined, provider));
      this.#drop(job);
      return;
    }
    // Once more from the beginning: a service that has lost its memory may find it again.
    this.#missing.set(job, { since: performance.now(), looked: true });
    this.#schedule(job);
  }

  async #lookAt(jobs: readonly VideoJob[], failed: Map<VideoJob, unknown>): Promise<void> {
    const { pollLimit = 1 } = await this.provider();
    await Promise.all(cut(jobs, pollLimit).map((part) => this.#lookAtPart(part, failed)));
  }

  async #lookAtPart(jobs: readonly VideoJob[], failed: Map<VideoJob, unknown>): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const told = await this.#ask(jobs);
        const heard = (job: VideoJob) => this.#hear(job, told).then(() => this.#mustBeThere(job));
        const kept = (job: VideoJob) => heard(job).catch((error) => failed.set(job, error));
        await Promise.all(jobs.map(kept));
        return;
      } catch (error) {
        const failure = asError(error);
        const wait = decide(failure, attempt, { reads: true, jitter: Math.random() });
        if (wait === undefined || attempt === LOOKS) {
          for (const job of jobs) failed.set(job, failure);
          return;
        }
        await pause(wait);
      }
    }
  }

  /** A job of another process that nobody here has ever seen is either there or is not. */
  async #mustBeThere(job: VideoJob): Promise<void> {
    if (job.request || job.seen || !this.#missing.delete(job)) return;
    const update = await (await this.provider()).lookBack(job.taskId);
    if (update.state === "unknown" || update.error instanceof JobLostError) {
      const said = `${this.entry.title} knows no job '${job.taskId}'.`;
      throw new JobNotFoundError(said, { taskId: job.taskId, provider: this.entry.name });
    }
    await this.#act(job, update);
  }
}

function asError(error: unknown): LLMKitError {
  if (error instanceof LLMKitError) return error;
  return new LLMKitError(`unexpected ${String(error)}`, { code: "internal" });
}
