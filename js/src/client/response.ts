// What came of a request: the state of a job, and its video once there is one.
import { LLMKitError, type ProviderDetails } from "./errors.ts";
import type { VideoGenerationRequest } from "./request.ts";

export type Status = "processing" | "completed" | "failed";
export type Phase = "queued" | "submitting" | "generating" | "downloading" | "done";

/** Why a job failed, as a plain value. */
export interface VideoError {
  /** A stable word. */
  readonly code: string;
  readonly message: string;
  /** What the provider itself said, if it did. */
  readonly details?: ProviderDetails | undefined;
}

/** The values of a response; the names are those of the page and of Python. */
export type ResponseFields = Omit<
  VideoGenerationResponse,
  | "taskId"
  | "videoUrl"
  | "providerStatus"
  | "video_bytes"
  | "videoBytes"
  | "bytes"
  | "save"
  | "toJSON"
>;

/** What gives a response its data; part of the job that it came from. */
export interface VideoFile {
  /** The video, once it was read. */
  readonly known: Uint8Array | undefined;
  bytes(signal?: AbortSignal): Promise<Uint8Array>;
  save(
    target: string | undefined,
    options: SaveOptions & { name: string; format: string },
  ): Promise<string>;
}

export interface SaveOptions {
  /** Replace a file that is already there. */
  overwrite?: boolean;
  signal?: AbortSignal;
}

/**
 * The result of a request, or where it stands. A value: it never changes by itself.
 * `client.pollVideo(response.task_id)` gives a fresh one.
 */
export class VideoGenerationResponse {
  static readonly name = "VideoGenerationResponse";
  /** `"processing"`, `"completed"` or `"failed"`. */
  readonly status!: Status;
  /** The id under which the provider knows the job: ours at Runware, its own elsewhere. */
  readonly task_id!: string | undefined;
  /** Where the provider serves the video. Such addresses expire; `save` asks for a new one. */
  readonly video_url!: string | undefined;
  /** Container of the file, e.g. `"mp4"`. */
  readonly format!: string;
  /** Seconds, measured from the file; undefined before there is one. */
  readonly duration!: number | undefined;
  /** Pixels, measured from the file. */
  readonly width!: number | undefined;
  readonly height!: number | undefined;
  /** Size of the video in bytes; 0 while there is none. */
  readonly size!: number;
  /** Why the job failed. */
  readonly error!: VideoError | undefined;
  readonly phase!: Phase | undefined;
  /** Between 0 and 1, where the provider tells it. */
  readonly progress!: number | undefined;
  readonly provider!: string | undefined;
  /** The provider's own word for the status, verbatim. */
  readonly provider_status!: string | undefined;
  /** The model that ran, which may be a successor of the one asked for. */
  readonly model!: string | undefined;
  /** The seed that made this video, where the model has one. */
  readonly seed!: number | undefined;
  /** US dollars charged; undefined while unknown. */
  readonly cost!: number | undefined;
  /** Seconds from submission to the end, or until now. */
  readonly elapsed!: number | undefined;
  /** What was asked for; undefined for a job of another process. */
  readonly request!: VideoGenerationRequest | undefined;
  readonly #file: VideoFile | undefined;

  constructor(fields: ResponseFields, file?: VideoFile) {
    Object.assign(this, fields);
    this.#file = file;
    Object.freeze(this);
  }

  get taskId(): string | undefined {
    return this.task_id;
  }
  get videoUrl(): string | undefined {
    return this.video_url;
  }
  get providerStatus(): string | undefined {
    return this.provider_status;
  }
  /** The video's data, once `bytes()` has read it. */
  get video_bytes(): Uint8Array | undefined {
    return this.#file?.known;
  }
  get videoBytes(): Uint8Array | undefined {
    return this.video_bytes;
  }

  /**
   * The video itself. Read once, then kept as `video_bytes`.
   *
   * @throws LLMKitError there is no video (yet), or it cannot be had; says what to do.
   */
  async bytes(signal?: AbortSignal): Promise<Uint8Array> {
    return await this.#there().bytes(signal);
  }

  /**
   * Stream the video to a file, in constant memory.
   *
   * @param path a file, or a folder to put it in under a name made from the prompt; the working
   * directory by default. A missing suffix is added from `format`.
   * @returns the path that was written.
   * @throws OutputExistsError something is there already and `overwrite` is not set.
   * @throws InvalidRequestError the path cannot be written.
   * @throws LLMKitError there is no video (yet), or it cannot be had.
   */
  async save(path?: string, options: SaveOptions = {}): Promise<string> {
    const { format } = this;
    return await this.#there().save(path, { ...options, name: stem(this.request?.prompt), format });
  }

  /** The values that are set. */
  toJSON(): Partial<ResponseFields> {
    return { ...this };
  }

  /** What Deno's Jupyter kernel shows: the video, playing inline. */
  async [Symbol.for("Jupyter.display")](): Promise<Record<string, unknown>> {
    const { display } = await import("./notebook/display.ts");
    return await display(this);
  }

  #there(): VideoFile {
    if (this.#file && this.status === "completed") return this.#file;
    const why =
      this.status === "failed"
        ? `There is no video: the job failed (${this.error?.message}).`
        : `There is no video yet: the status is '${this.status}'. ` +
          `Look again with client.pollVideo('${this.task_id}').`;
    throw new LLMKitError(why, { code: "no_video", taskId: this.task_id });
  }
}

/** A file name without its ending, made from the prompt. */
export function stem(prompt: string | undefined): string {
  const words = (prompt ?? "video").split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const name = [...words.join("-")]
    .slice(0, 48)
    .join("")
    .replace(/^-+|-+$/g, "")
    .toLowerCase();
  // Names that Windows keeps for devices.
  return /^(?:con|prn|aux|nul|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])$/.test(name)
    ? `${name}-video`
    : name || "video";
}

export function errorOf(error: LLMKitError): VideoError {
  return { code: error.code, message: error.message, details: error.details };
}
