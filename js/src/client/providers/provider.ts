// What a provider does: one wire format, many jobs at a time.
import type { LLMKitError } from "../errors.ts";
import type { VideoGenerationRequest } from "../request.ts";
import type { VideoSource } from "../transport/source.ts";

/** One job to hand over: an id of ours, and the request with nothing left to default. */
export interface Submission {
  readonly taskId: string;
  readonly request: VideoGenerationRequest;
  /** The request's seed is not a person's: `validate` chose it. */
  readonly seedIsChosen: boolean;
}

/** A job that the provider has taken. */
export interface Ticket {
  /** The id under which it is asked for: ours where the provider takes it, else its own. */
  readonly taskId: string;
  /** The provider takes no seed; the one that was chosen was not sent. */
  readonly withoutSeed?: boolean;
  /** The answer to the submission is the finished video, or the failure; it may come later. */
  readonly update?: Update | Promise<Update | undefined> | undefined;
}

/** What the provider says of a job. A word that is not understood counts as `processing`. */
export interface Update {
  readonly taskId: string;
  /** `unknown`: not shown. Normal for a moment, an error when it lasts for a minute. */
  readonly state: "processing" | "succeeded" | "failed" | "unknown";
  readonly providerStatus?: string | undefined;
  /** Between 0 and 1. */
  readonly progress?: number | undefined;
  readonly videoUrl?: string | undefined;
  /** The video itself, where the provider sent it along. */
  readonly videoBytes?: Uint8Array | undefined;
  readonly seed?: number | undefined;
  /** US dollars. */
  readonly cost?: number | undefined;
  readonly error?: LLMKitError | undefined;
  /** Seconds until the provider wants to be asked again. */
  readonly retryAfter?: number | undefined;
  /** It waits at the provider for something to run on. */
  readonly waiting?: boolean | undefined;
  /** Its place among those that wait, from 1. */
  readonly queuePosition?: number | undefined;
}

/** What became of the wish to stop a job. */
export interface Cancellation {
  readonly stopped: boolean;
  readonly note: string;
}

/** A model that a provider serves. */
export interface Model {
  readonly id: string;
  readonly title: string;
  /** The only durations that it makes, in seconds, or a range; empty where that is not known. */
  readonly durations: string;
  /** The only sizes that it makes; empty where that is not known. */
  readonly sizes: string;
  /** Whether it makes videos of words alone. */
  readonly text: boolean;
  /** Whether a video can begin with a picture. */
  readonly image: boolean;
}

/** What a provider does; its names are in `registry.ts`. */
export interface Provider {
  /** Jobs in one request to submit, at present. */
  readonly submitLimit: number;
  /** Jobs in one request to poll; `undefined` where each is a request of its own. */
  readonly pollLimit: number | undefined;

  /**
   * Check what can be known before anything is sent, and fill in every default.
   *
   * @throws InvalidRequestError names the field, the value and what is allowed.
   */
  validate(request: VideoGenerationRequest): Promise<VideoGenerationRequest>;
  /** Hand jobs over; a ticket or the refusal for each task id. Never throws. */
  submit(submissions: readonly Submission[]): Promise<Map<string, Ticket | LLMKitError>>;
  /** Ask for many jobs at once. Those that the answer lacks are `unknown`. */
  poll(taskIds: readonly string[]): Promise<Update[]>;
  /** Ask about a job that `poll` shows no longer, wherever else it may be recorded. */
  lookBack(taskId: string): Promise<Update>;
  /** Where the video of a job is fetched from. */
  source(update: Update): VideoSource;
  cancel(taskId: string): Promise<Cancellation>;
  /** The price in US dollars of a validated request; `undefined` where unknown. */
  estimate(request: VideoGenerationRequest): Promise<number | undefined>;
  models(): Promise<Model[]>;
  /** A sentence that says where a person finds a job of which nobody knows what became. */
  whereToLook(taskId: string): string;
}
