// All jobs of one provider: handed over together, asked for together.
import {
  JobCancelledError,
  JobLostError,
  JobNotFoundError,
  LLMKitError,
  NetworkError,
  SubmissionUnknownError,
} from "./errors.ts";
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
  /** Milliseconds since 1970; `undefined` while it is being asked for. */
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
  readonly #submitting = new Gathered<VideoJob>((jobs) => this.#submitAll(jobs));
  readonly #looking = new Gathered<VideoJob>((jobs) => this.#lookAt(jobs));
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
    for (let attempt = 1; wanted.length; attempt += 1) {
      for (const job of wanted) job.enter("submitting");
      const answers = await provider.submit(wanted.map((job) => job.submission));
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
    if (!watched || job.phase === "queued" || job.phase === "downloading") return;
    const pollLimit = this.#pollLimit;
    const many = this.#watched.size;
    const seconds = nextDelay(job.since, {
      usual: this.usual(job),
      retryAfter,
      sharing: Math.min(many, pollLimit ?? 1),
      alone: pollLimit === undefined ? many : 1,
      jitter: this.#jitter,
    });
    watched.due = Date.now() + seconds * 1000;
    this.#wake();
  }

  #wake(): void {
    clearTimeout(this.#timer);
    const dues = [...this.#watched.values()].flatMap(({ due }) => (due === undefined ? [] : [due]));
    if (!dues.length) return;
    const wait = Math.max(Math.min(...dues), this.#nextRound) - Date.now();
    this.#timer = setTimeout(() => this.#round(), Math.max(0, wait));
  }

  #round(): void {
    const now = Date.now();
    this.#jitter = Math.random();
    this.#nextRound = now + CYCLE * 1000;
    const waiting = [...this.#watched]
      .flatMap(([job, { due }]) => (due === undefined ? [] : [{ job, due }]))
      .sort((a, b) => a.due - b.due);
    const size = this.#pollLimit ?? Number.POSITIVE_INFINITY;
    let count = waiting.filter(({ due }) => due <= now + TOGETHER * 1000).length;
    // The room that is left in a request goes to jobs that are not due yet: it costs nothing.
    if (Number.isFinite(size)) count = Math.min(Math.ceil(count / size) * size, waiting.length);
    const jobs = waiting.slice(0, count).map(({ job }) => job);
    for (const part of cut(jobs, size)) {
      for (const job of part) {
        const watched = this.#watched.get(job);
        if (watched) watched.due = undefined;
      }
      const postponed = (jobs: readonly VideoJob[]) => (error: unknown) =>
        this.#postpone(jobs, asError(error));
      this.#ask(part, (job, error) => postponed([job])(error)).catch(postponed(part));
    }
    this.#wake();
  }

  /** Ask for jobs and act on the answer; what goes wrong with one of them is told to `trouble`. */
  async #ask(
    jobs: readonly VideoJob[],
    trouble: (job: VideoJob, error: unknown) => void,
  ): Promise<void> {
    const provider = await this.provider();
    const updates = await provider.poll(jobs.map((job) => job.taskId));
    this.#pollLimit = provider.pollLimit;
    this.#failures = 0;
    const byId = new Map(updates.map((update) => [update.taskId, update]));
    await Promise.all(
      jobs.map((job) => {
        if (job.done()) return undefined;
        const unknown: Update = { taskId: job.taskId, state: "unknown" };
        const acted = this.#act(job, byId.get(job.taskId) ?? unknown);
        return acted.catch((error: unknown) => trouble(job, error));
      }),
    );
  }

  /** A poll only reads: it is repeated for as long as somebody waits. */
  #postpone(jobs: readonly VideoJob[], error: LLMKitError): void {
    this.#failures += 1;
    const wait = delay(this.#failures, error.retryAfterSeconds, Math.random());
    if (error.retryAfterSeconds !== undefined || error.code === "rate_limit") {
      // The whole account is meant, not these jobs alone.
      this.#nextRound = Math.max(this.#nextRound, Date.now() + wait * 1000);
    }
    for (const job of jobs) {
      if (job.done() || job.phase === "downloading") continue;
      job.note(`${this.entry.title} did not answer: ${error.message} Asking again.`);
      this.#schedule(job, wait);
    }
  }

  async #act(job: VideoJob, update: Update): Promise<void> {
    if (update.state === "unknown") {
      const missing = this.#missing.get(job) ?? { since: Date.now(), looked: false };
      this.#missing.set(job, missing);
      if (Date.now() - missing.since >= GRACE * 1000) await this.#lookBack(job, missing);
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
      const silent = new LLMKitError(`${title} reports a failure without a reason.`, {
        code: "generation_failed",
      });
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
    this.#missing.set(job, { since: Date.now(), looked: true });
    this.#schedule(job);
  }

  async #lookAt(jobs: readonly VideoJob[]): Promise<void> {
    const provider = await this.provider();
    await Promise.all(
      cut(jobs, provider.pollLimit ?? 1).map(async (part) => {
        for (let attempt = 1; ; attempt += 1) {
          try {
            await this.#ask(part, (_, error) => {
              throw error;
            });
            break;
          } catch (error) {
            const failure = asError(error);
            const wait = decide(failure, attempt, { reads: true, jitter: Math.random() });
            if (wait === undefined || attempt === LOOKS) throw failure;
            await pause(wait);
          }
        }
      }),
    );
    // A job of another process that nobody here has ever seen is either there or is not.
    await Promise.all(jobs.filter((job) => !job.request).map((job) => this.#mustBeThere(job)));
  }

  async #mustBeThere(job: VideoJob): Promise<void> {
    if (!this.#missing.delete(job)) return;
    const update = await (await this.provider()).lookBack(job.taskId);
    if (update.state === "unknown" || update.error instanceof JobLostError) {
      const said = `${this.entry.title} knows no job '${job.taskId}'.`;
      throw new JobNotFoundError(said, { taskId: job.taskId, provider: this.entry.name });
    }
    await this.#act(job, update);
  }
}

/** Gathers what is asked for at the same moment, and does it together. */
class Gathered<T> {
  readonly #work: (all: readonly T[]) => Promise<void>;
  #waiting: Set<T> | undefined;
  #done: Promise<void> = Promise.resolve();

  constructor(work: (all: readonly T[]) => Promise<void>) {
    this.#work = work;
  }

  add(one: T): Promise<void> {
    if (!this.#waiting) {
      const waiting = new Set<T>();
      this.#waiting = waiting;
      this.#done = pause(0).then(() => {
        this.#waiting = undefined;
        return this.#work([...waiting]);
      });
    }
    this.#waiting.add(one);
    return this.#done;
  }
}

function cut<T>(all: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  const step = Math.min(size, all.length) || 1;
  for (let at = 0; at < all.length; at += step) parts.push(all.slice(at, at + step));
  return parts;
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

function asError(error: unknown): LLMKitError {
  if (error instanceof LLMKitError) return error;
  return new LLMKitError(`unexpected ${String(error)}`, { code: "internal" });
}
