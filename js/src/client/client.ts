// The client: the page's API.

import { inNotebook } from "./environment.ts";
import { InvalidRequestError, WaitAbortedError } from "./errors.ts";
import { pause } from "./gathered.ts";
import { VideoJob, type WaitOptions } from "./job.ts";
import { Lane } from "./lane.ts";
import type { Model } from "./providers/provider.ts";
import { canonical, entry, jobId, splitModel, usable } from "./providers/registry.ts";
import {
  changed,
  checkComplete,
  checkSeconds,
  several,
  VideoGenerationRequest,
} from "./request.ts";
import type { VideoGenerationResponse } from "./response.ts";
import { type ClientOptions, load, type Settings } from "./settings.ts";
import { checkSignal, onAbort } from "./signals.ts";
import { aborted } from "./unwaited.ts";

export interface GenerateOptions extends WaitOptions {
  /** `false` returns right after the submission, with status `processing`. */
  wait?: boolean | undefined;
}

const REMEMBERED = 1000; // jobs of which what was asked for is told by `pollVideo`

/**
 * Generates videos.
 *
 * @throws ConfigurationError a setting that cannot be used, or no provider is configured.
 * @throws AuthenticationError the named provider's key is missing.
 */
export class LLMKitClient {
  static readonly name = "LLMKitClient";
  /** Name of the provider for requests that name none. */
  readonly provider: string;
  readonly #settings: Settings;
  readonly #lanes = new Map<string, Lane>();
  /** Those that have ended are let go of, with their videos, when nobody else holds them. */
  readonly #jobs = new Map<string, VideoJob | WeakRef<VideoJob>>();
  readonly #warned = new Set<string>();
  readonly #warn: (message: string) => void;

  constructor(options: ClientOptions = {}) {
    this.#settings = load(options);
    this.#warn = options.warn ?? ((message) => console.warn(`llmkit-jupyter: ${message}`));
    this.provider = canonical(this.#settings.provider ?? usable(this.#settings));
    this.#lane(this.provider); // a missing key is told now
    if (process.env.LLMKIT_BUDGET?.trim()) {
      this.#tell(
        "LLMKIT_BUDGET is kept by the Python package alone: this client keeps no journal.",
      );
    }
  }

  /** Make a client from the environment variables. */
  static fromEnv(): LLMKitClient {
    return new LLMKitClient();
  }
  /** As `fromEnv`. */
  static from_env(): LLMKitClient {
    return new LLMKitClient();
  }

  /**
   * Generate a video and wait for it.
   *
   * @throws InvalidRequestError before anything was sent.
   * @throws VideoTimeoutError the wait ran out; the job goes on.
   * @throws WaitAbortedError the signal ended the wait; a job that was submitted goes on.
   * @throws LLMKitError the generation failed; class and `code` say how.
   */
  generateVideo(
    request: VideoGenerationRequest,
    options?: GenerateOptions & { count?: undefined },
  ): Promise<VideoGenerationResponse>;
  /** Make that many, as one submission. A seed is the first one's, and goes up by one. */
  generateVideo(
    request: VideoGenerationRequest,
    options: GenerateOptions & { count: number },
  ): Promise<VideoGenerationResponse[]>;
  async generateVideo(
    request: VideoGenerationRequest,
    options: GenerateOptions & { count?: number | undefined } = {},
  ): Promise<VideoGenerationResponse | VideoGenerationResponse[]> {
    const { count } = options;
    if (count !== undefined) return await this.generateVideos(several(request, count), options);
    const [response] = await this.generateVideos([request], options);
    return response as VideoGenerationResponse;
  }

  /**
   * Generate many videos, in as few requests as that takes, and wait for all of them; then throw
   * the first failure, if there is one.
   */
  async generateVideos(
    requests: readonly VideoGenerationRequest[],
    options: GenerateOptions = {},
  ): Promise<VideoGenerationResponse[]> {
    const { wait = true, timeout, signal } = options;
    // Told now: after the submission the video would be paid for already.
    if (timeout !== undefined) checkSeconds("timeout", timeout);
    // Loaded before: what fails between a submission and its wait would leave a paid job alone.
    const cell = wait && inNotebook() ? await import("./notebook/display.ts") : undefined;
    const jobs = await this.#begin(requests, signal);
    const submitted = Promise.all(jobs.map((job) => this.#submit(job)));
    if (!wait) {
      await raced(submitted, signal, jobs);
      return outcomes(jobs);
    }
    const left = cell?.waiting(jobs);
    let failure: unknown;
    try {
      // From now on, as in Python: a submission may hang as well.
      const waited = Promise.allSettled(jobs.map((job) => job.result({ timeout, signal })));
      const ended = await Promise.race([waited, submitted.then(() => waited)]);
      for (const each of ended) if (each.status === "rejected") throw each.reason.of(jobs);
      return outcomes(jobs);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      await left?.(failure);
    }
  }

  /**
   * Start a job; gives it as soon as the provider has taken it. `await job.result()` waits for it.
   *
   * @throws LLMKitError the provider refused it, or nobody can tell whether it took it.
   */
  async submitVideo(
    request: VideoGenerationRequest,
    options: { signal?: AbortSignal } = {},
  ): Promise<VideoJob> {
    const [job] = (await this.submitVideos([request], options)) as [VideoJob];
    job.outcome();
    return job;
  }

  /** Start many jobs, in as few requests as that takes. One that is refused has failed. */
  async submitVideos(
    requests: readonly VideoGenerationRequest[],
    options: { signal?: AbortSignal } = {},
  ): Promise<VideoJob[]> {
    const jobs = await this.#begin(requests, options.signal);
    await raced(Promise.all(jobs.map((job) => this.#submit(job))), options.signal, jobs);
    return jobs;
  }

  /**
   * Give a fresh response for a task id, of this process or of another one.
   *
   * @throws JobNotFoundError the provider knows no such job.
   */
  async pollVideo(taskId: string): Promise<VideoGenerationResponse> {
    return await this.job(taskId).poll();
  }
  /** As `pollVideo`. */
  async poll_video(taskId: string): Promise<VideoGenerationResponse> {
    return await this.pollVideo(taskId);
  }
  /** The same for many, in as few requests as that takes. */
  async pollVideos(taskIds: readonly string[]): Promise<VideoGenerationResponse[]> {
    return await Promise.all(taskIds.map((taskId) => this.pollVideo(taskId)));
  }

  /**
   * The page's helper: generate, wait at most that long, and give the video's address.
   *
   * @param onStatus told the status at each change.
   */
  async generateVideoWithPolling(
    prompt: string | VideoGenerationRequest,
    maxWaitSeconds = 300,
    onStatus?: (status: string) => void,
  ): Promise<string> {
    const request = typeof prompt === "string" ? new VideoGenerationRequest(prompt) : prompt;
    const timeout = checkSeconds("maxWaitSeconds", maxWaitSeconds);
    const job = await this.submitVideo(request);
    let last: string | undefined;
    const stop =
      onStatus &&
      job.onChange(() => {
        const status = job.providerStatus ?? job.status;
        if (status !== last) onStatus(status);
        last = status;
      });
    try {
      const response = await job.result({ timeout });
      return response.video_url ?? "";
    } finally {
      stop?.();
    }
  }

  /** The page's other helper: wait for a job at most that long, and give the video's address. */
  async pollVideoGeneration(taskId: string, maxWaitMs = 300_000): Promise<string> {
    const job = this.job(taskId);
    await job.poll();
    const response = await job.result({ timeout: checkSeconds("maxWaitMs", maxWaitMs) / 1000 });
    return response.video_url ?? "";
  }

  /**
   * Give the job with that id, of this process or of another one. Nobody is asked yet.
   *
   * @param taskId as `response.task_id` told it; `"provider/id"` for another provider's.
   */
  job(taskId: string): VideoJob {
    const [name, given] = splitModel(jobId(taskId, false));
    const known = (id: string) => {
      const held = this.#jobs.get(id);
      const job = held instanceof WeakRef ? held.deref() : held;
      return name && name !== job?.provider ? undefined : job;
    };
    const there = known(given);
    if (there) return there;
    const lane = this.#lane(name ?? this.provider);
    const id = jobId(given, lane.entry.idempotentSubmit);
    return known(id) ?? this.#remember(new VideoJob(lane, id));
  }

  /** Ask for a job to be stopped, and give its state. See `VideoJob.cancel`. */
  async cancelVideo(taskId: string): Promise<VideoGenerationResponse> {
    const job = this.job(taskId);
    await job.cancel();
    return job.response;
  }

  /** The price of a request in US dollars; `undefined` where the provider does not tell it. */
  async estimate(request: VideoGenerationRequest): Promise<number | undefined> {
    const { lane, sent } = await this.#checked(request);
    return await (await lane.provider()).estimate(sent);
  }

  /** What the provider serves. */
  async models(provider: string = this.provider): Promise<Model[]> {
    return await (await this.#lane(canonical(provider)).provider()).models();
  }

  toString(): string {
    return `LLMKitClient(${this.provider})`;
  }
  toJSON(): { provider: string } {
    return { provider: this.provider };
  }

  async #begin(
    requests: readonly VideoGenerationRequest[],
    signal: AbortSignal | undefined,
  ): Promise<VideoJob[]> {
    checkSignal(signal);
    // All are checked before the first is sent.
    const checked = await Promise.all(requests.map((request) => this.#checked(request)));
    if (signal?.aborted) {
      const error = new WaitAbortedError("Aborted before anything was sent.");
      error.cause = signal.reason;
      throw error;
    }
    return checked.map(({ lane, ...from }) => new VideoJob(lane, from));
  }

  async #checked(request: VideoGenerationRequest) {
    if (!(request instanceof VideoGenerationRequest)) {
      throw new InvalidRequestError("request", request, "a VideoGenerationRequest");
    }
    checkComplete(request);
    const [name, model] = splitModel(request.model ?? this.#settings.model ?? "");
    const lane = this.#lane(name ?? this.provider);
    const meant = changed(request, { model: model || undefined });
    return { lane, request, sent: await (await lane.provider()).validate(meant) };
  }

  async #submit(job: VideoJob): Promise<void> {
    // Under an id of ours it is found from the beginning.
    const ours = job.taskId && this.#remember(job);
    await this.#lane(job.provider).submit(job);
    if (!ours && job.taskId) this.#remember(job);
  }

  #remember(job: VideoJob): VideoJob {
    const { taskId } = job;
    const hold = () => this.#jobs.set(taskId, job.done() ? new WeakRef(job) : job);
    hold();
    job.onChange(hold);
    for (const [id, each] of this.#jobs) {
      if (this.#jobs.size <= REMEMBERED) break;
      if (each instanceof WeakRef) this.#jobs.delete(id);
    }
    return job;
  }

  #lane(name: string): Lane {
    let lane = this.#lanes.get(name);
    if (!lane) {
      const found = entry(name, this.#settings, (message) => this.#tell(message));
      lane = new Lane(found, this.#settings.timeout);
      this.#lanes.set(name, lane);
    }
    return lane;
  }

  #tell(message: string): void {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    this.#warn(message);
  }
}

/** What came of jobs; the first failure is thrown, with all of them. */
function outcomes(jobs: readonly VideoJob[]): VideoGenerationResponse[] {
  for (const job of jobs) if (job.error) throw job.error.of(jobs);
  return jobs.map((job) => job.response);
}

/** Wait for a submission, which is never broken off: it may have been taken. */
async function raced(
  submitted: Promise<unknown>,
  signal: AbortSignal | undefined,
  jobs: readonly VideoJob[],
): Promise<void> {
  let forget = () => {};
  const given = new Promise<never>((_, reject) => {
    forget = onAbort(signal, () => reject(jobs[0] && aborted(jobs[0], signal).of(jobs)));
  });
  await Promise.race([submitted, given]).finally(forget);
}

/** Wait a number of milliseconds, as the page's examples do. */
export function sleep(ms: number): Promise<void> {
  return pause(ms / 1000);
}
