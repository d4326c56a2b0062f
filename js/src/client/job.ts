// A request on its way: what `submitVideo` gives back.
import { JobNotFoundError, type LLMKitError, ownOf } from "./errors.ts";
import type { Lane } from "./lane.ts";
import type { Submission, Ticket, Update } from "./providers/provider.ts";
import { checkSeconds, type VideoGenerationRequest } from "./request.ts";
import { errorOf, type Phase, type Status, VideoGenerationResponse } from "./response.ts";
import { onAbort } from "./signals.ts";
import type { Header, Video } from "./transport/video.ts";
import { aborted, timedOut } from "./unwaited.ts";

/** Those whose video came along and was given to nobody yet: there is no other copy of it. */
const unseen = new Set<VideoJob>();

/** How long a call waits, and what ends the waiting early. Neither ends the job. */
export interface WaitOptions {
  /** Seconds; `LLMKIT_VIDEO_TIMEOUT` by default. */
  timeout?: number | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * A job: watch it, wait for it (`await job.result()`), or cancel it.
 *
 * It goes on at the provider by itself; it is asked for as long as somebody waits or watches.
 */
export class VideoJob {
  static readonly name = "VideoJob"; // what is minified keeps none, and it is printed
  /** Name of the provider that it went to. */
  readonly provider: string;
  /** What was asked for; undefined for a job of another process. */
  readonly request: VideoGenerationRequest | undefined;
  /** The model that runs, which may be a successor of the one asked for. */
  readonly model: string | undefined;
  readonly #lane: Lane;
  readonly #sent: VideoGenerationRequest | undefined;
  readonly #key = crypto.randomUUID();
  readonly #created = performance.now();
  readonly #ended: Promise<void>;
  #end: () => void = () => {};
  readonly #listeners = new Set<(job: VideoJob) => void>();
  #taskId = "";
  #status: Status = "processing";
  #phase: Phase = "queued";
  #accepted = 0;
  #finished = 0;
  #failure: LLMKitError | undefined;
  #update: Update | undefined;
  #seed: number | undefined;
  #cost: number | undefined;
  #video: Video | undefined;
  #header: Header | undefined;
  #trouble: string | undefined;
  #notice: string | undefined;
  #told = "";

  /** @internal */
  constructor(
    lane: Lane,
    from: { request: VideoGenerationRequest; sent: VideoGenerationRequest } | string,
  ) {
    this.#lane = lane;
    this.provider = lane.entry.name;
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    if (typeof from === "string") {
      this.#taskId = from;
      this.#phase = "generating";
    } else {
      this.request = from.request;
      this.#sent = from.sent;
      this.model = from.sent.model;
      this.#seed = from.sent.seed;
      if (lane.entry.idempotentSubmit) this.#taskId = this.#key;
    }
  }

  /** The id under which the provider knows the job: ours at Runware, its own elsewhere. */
  get taskId(): string {
    return this.#taskId;
  }
  get task_id(): string {
    return this.#taskId;
  }
  /** `processing`, `completed` or `failed`. */
  get status(): Status {
    return this.#status;
  }
  /** `queued`, `submitting`, `generating`, `downloading` or `done`. */
  get phase(): Phase {
    return this.#phase;
  }
  /** The provider's own word for the status, verbatim. */
  get providerStatus(): string | undefined {
    return this.#update?.providerStatus;
  }
  /** Between 0 and 1, where the provider tells it. */
  get progress(): number | undefined {
    return this.#status === "completed" ? 1 : this.#update?.progress;
  }
  /** Whether it waits at the provider for a worker, as far as that is told. */
  get waiting(): boolean {
    return this.#status === "processing" && this.#update?.waiting === true;
  }
  /** Its place among those that wait, from 1, where that is told. */
  get queuePosition(): number | undefined {
    return this.waiting ? this.#update?.queuePosition : undefined;
  }
  /** Seconds since it was made, until its end or now. */
  get elapsed(): number {
    return Math.round((this.#finished || performance.now()) - this.#created) / 1000;
  }
  /** Seconds that it will probably still take; undefined where nothing is known. */
  get eta(): number | undefined {
    if (this.done() || !this.#accepted) return undefined;
    const { progress } = this;
    const elapsed = this.since;
    if (progress !== undefined && progress >= 0.05) return (elapsed * (1 - progress)) / progress;
    const usual = this.#lane.usual(this)?.median ?? 0;
    return usual > elapsed ? usual - elapsed : undefined;
  }
  /** US dollars charged; undefined while unknown. */
  get cost(): number | undefined {
    return this.#cost;
  }
  /** The seed that makes the video, where it is known. */
  get seed(): number | undefined {
    return this.#seed;
  }
  /** Why it failed, if it did. */
  get error(): LLMKitError | undefined {
    return this.#failure;
  }
  /** One sentence that a person should see beside the job, if there is one. */
  get notice(): string | undefined {
    return this.done() ? undefined : (this.#trouble ?? this.#notice);
  }
  /** Whether it has ended, with or without a video. */
  done(): boolean {
    return this.#status !== "processing";
  }

  /** Where it stands now, as a value that does not change. */
  get response(): VideoGenerationResponse {
    const completed = this.#status === "completed";
    if (completed) unseen.delete(this);
    return new VideoGenerationResponse(
      {
        status: this.#status,
        task_id: this.#taskId || undefined,
        video_url: completed ? this.#update?.videoUrl : undefined,
        format: this.#header?.format ?? "mp4",
        duration: this.#header?.duration,
        width: this.#header?.width,
        height: this.#header?.height,
        size: this.#header?.size ?? 0,
        error: this.#failure && errorOf(this.#failure),
        phase: this.#phase,
        progress: this.progress,
        provider: this.provider,
        provider_status: this.providerStatus,
        model: this.model,
        seed: this.#seed,
        cost: this.#cost,
        elapsed: this.elapsed,
        request: this.request,
      },
      completed ? this.#video : undefined,
    );
  }

  /**
   * Wait for the video. The end of the wait does not end the job.
   *
   * @throws VideoTimeoutError the wait ran out; the job goes on.
   * @throws WaitAbortedError the signal ended the wait; the job goes on.
   * @throws LLMKitError the job failed; class and `code` say how.
   */
  async result(options: WaitOptions = {}): Promise<VideoGenerationResponse> {
    const { signal } = options;
    const seconds = checkSeconds("timeout", options.timeout ?? this.#lane.timeout);
    const unwatch = this.#lane.watch(this);
    let timer: ReturnType<typeof setTimeout> | undefined;
    let forget: (() => void) | undefined;
    try {
      const given = new Promise<never>((_, reject) => {
        if (seconds < 1e6)
          timer = setTimeout(() => reject(timedOut(this, seconds)), seconds * 1000);
        forget = onAbort(signal, () => reject(aborted(this, signal)));
      });
      await Promise.race([this.#ended, given, this.#missed()]);
    } finally {
      unwatch();
      clearTimeout(timer);
      forget?.();
    }
    return this.outcome();
  }

  /** Of a job of another process: fails at once where the provider knows none. */
  async #missed(): Promise<void> {
    if (!this.request && !this.seen) {
      await this.poll().catch((error) => {
        if (error instanceof JobNotFoundError) throw error; // any other may pass
      });
    }
    await this.#ended;
  }

  /** Ask the provider how it stands; gives a fresh response, also for a job that failed. */
  async poll(): Promise<VideoGenerationResponse> {
    if (!this.done() && this.#taskId) await this.#lane.look(this);
    return this.response;
  }

  /**
   * Ask the provider to stop it; gives whether it did. Where nothing can be stopped the job goes
   * on and will be charged; `notice` says so. One that has no id yet cannot be stopped.
   */
  async cancel(): Promise<boolean> {
    if (this.#taskId) return !this.done() && (await this.#lane.cancel(this));
    this.note(
      undefined,
      "It is still being submitted, and has no id by which it could be stopped.",
    );
    return false;
  }

  /** Have `listener(job)` called at each change; gives a function that ends this. */
  onChange(listener: (job: VideoJob) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** What Deno's Jupyter kernel shows: a card that moves, and then the video. */
  async [Symbol.for("Jupyter.display")](): Promise<Record<string, unknown>> {
    const { display } = await import("./notebook/display.ts");
    return await display(this);
  }

  toString(): string {
    return `VideoJob(${this.#taskId || "no id yet"}, ${this.#status}, ${this.#phase})`;
  }
  toJSON(): unknown {
    return this.response.toJSON();
  }

  /** @internal The end: the response, or the failure thrown. */
  outcome(): VideoGenerationResponse {
    if (this.#failure) throw this.#failure.of([this]);
    return this.response;
  }

  /** @internal Keeps it current for as long as somebody looks. */
  watch(): () => void {
    return this.#lane.watch(this);
  }

  /** @internal Whether the provider has ever shown it. */
  get seen(): boolean {
    return this.#update !== undefined;
  }

  /** @internal Whether the last question about it went wrong. */
  get troubled(): boolean {
    return this.#trouble !== undefined;
  }

  /** @internal Seconds since it was accepted. */
  get since(): number {
    return (performance.now() - (this.#accepted || this.#created)) / 1000;
  }

  /** @internal Jobs of a kind take about the same time. */
  get kind(): string {
    const sent = this.#sent;
    return [this.model, sent?.duration, sent?.width, sent?.height].join(":");
  }

  /** @internal */
  get submission(): Submission {
    if (!this.#sent || !this.request) throw new TypeError("not a job of this process");
    const seedIsChosen = this.request.seed === undefined;
    return { taskId: this.#key, request: this.#sent, seedIsChosen };
  }

  /** @internal */
  enter(phase: Phase, trouble?: string): void {
    this.#phase = phase;
    this.#trouble = trouble;
    this.#changed();
  }

  /** @internal The provider has taken it. */
  accept(ticket: Ticket): void {
    this.#taskId = ticket.taskId;
    this.#accepted = performance.now();
    if (ticket.withoutSeed) this.#seed = undefined;
    this.enter("generating");
  }

  /** @internal News that bring no video. */
  hear(update: Update): void {
    if (this.done()) return;
    this.#trouble = undefined;
    this.#update = update;
    this.#cost = update.cost ?? this.#cost;
    if (this.#phase !== "downloading") this.enter("generating");
  }

  /** @internal Why nothing is heard of it, or what became of a wish. */
  note(trouble: string | undefined, notice?: string): void {
    this.#trouble = trouble;
    this.#notice = notice ?? this.#notice;
    this.#changed();
  }

  /** @internal Its video is made. */
  async deliver(update: Update, seconds: number | undefined): Promise<void> {
    if (this.done() || this.#video) return;
    const [{ Video }, provider] = await Promise.all([
      import("./transport/video.ts"),
      this.#lane.provider(),
    ]);
    if (this.done() || this.#video) return; // asked for twice at the same time
    // First: one that it cannot be had from now is asked for again.
    const video = new Video(provider.source(update));
    this.#update = update;
    this.#seed = update.seed ?? this.#seed;
    this.#cost = update.cost ?? this.#cost;
    this.enter("downloading");
    this.#video = video;
    if (seconds !== undefined) this.#lane.learn(this, seconds);
    // What cannot be read now says why when it is saved: the video is made all the same.
    this.#header = await this.#video.measure().catch(() => undefined);
    this.#status = "completed";
    if (update.videoBytes) unseen.add(this);
    this.#finish();
  }

  /** @internal It has ended without a video. */
  fail(error: LLMKitError, cost?: number): void {
    if (this.done()) return;
    this.#failure = ownOf(error);
    this.#failure.taskId ??= this.#taskId || undefined;
    this.#failure.provider ??= this.provider;
    this.#cost = cost ?? this.#cost;
    this.#status = "failed";
    this.#finish();
  }

  #finish(): void {
    this.#phase = "done";
    this.#finished = performance.now();
    this.#trouble = undefined;
    this.#end();
    this.#changed();
  }

  #changed(): void {
    const { status, phase, providerStatus, progress, waiting, queuePosition, notice, cost } = this;
    const shown = [status, phase, providerStatus, progress, waiting, queuePosition, notice, cost];
    const told = JSON.stringify(shown);
    if (told === this.#told) return; // asked again, and nothing new
    this.#told = told;
    for (const listener of [...this.#listeners]) {
      try {
        listener(this);
      } catch (error) {
        console.error("llmkit-jupyter: a listener of a job failed.", error); // the job goes on
      }
    }
  }
}
