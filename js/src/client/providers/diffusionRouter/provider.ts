// DiffusionRouter: any server, or router in front of many, that speaks `/v1/videos`.
import { familyOf } from "../../catalog/openModels.ts";
import {
  InvalidRequestError,
  JobLostError,
  LLMKitError,
  NetworkError,
  ServerError,
} from "../../errors.ts";
import { Gate } from "../../gate.ts";
import { changed, type VideoGenerationRequest } from "../../request.ts";
import type { Secret } from "../../secret.ts";
import { patient } from "../../transport/patient.ts";
import type { VideoSource } from "../../transport/source.ts";
import type { Cancellation, Model, Provider, Submission, Ticket, Update } from "../provider.ts";
import { checkOptions, checkStrict } from "./bodies.ts";
import { cancel } from "./cancelling.ts";
import { Discovery, find, videosOf } from "./discovery.ts";
import { ended } from "./endings.ts";
import { BY_US, failed } from "./faults.ts";
import { askAll, askOne, isListing, PAGE, type Told } from "./questions.ts";
import { Server } from "./server.ts";
import { submit, type Taken } from "./submissions.ts";

const OPEN = "open-connection:";
const LONG = 3600; // seconds for the answer
const QUICK = 500; // milliseconds in which a refusal comes, before the job counts as taken

/**
 * Speaks `/v1/videos`: SGLang Diffusion, vLLM-Omni, NVIDIA Dynamo, routers and proxies.
 *
 * Nothing here is counted as money: what a machine of one's own costs nobody tells, and what a
 * gateway charges is between it and its users.
 */
export class DiffusionRouterProvider implements Provider {
  readonly submitLimit = 1;
  readonly #server: Server;
  readonly #discovery: Discovery;
  /** Those that were sent to a server which answers with the finished video (NVIDIA Dynamo). */
  readonly #open = new Map<string, AbortController>();
  /** What came of them, for as long as anybody has it: there is no other copy. */
  readonly #ended = new Map<string, Pick<WeakRef<Update>, "deref">>();
  /** Their ids, where the answer was one after all. */
  readonly #ids = new Map<string, string>();
  readonly #connections = new Gate(() => 4);
  /** As many as there are connections for it, of which the first finds out for all. */
  readonly #submitting = new Gate(() => (this.#server.manners.proven ? 2 : 1));

  constructor(url: string, key: Secret | undefined) {
    this.#server = new Server(url, key);
    this.#discovery = new Discovery(this.#server);
  }

  /** A list shows a hundred jobs at once; else each is asked for by itself. */
  get pollLimit(): number | undefined {
    return isListing(this.#server) ? 10 * PAGE : undefined;
  }

  async validate(request: VideoGenerationRequest): Promise<VideoGenerationRequest> {
    const hosted = await this.#discovery.hosted();
    const { manners, url } = this.#server;
    const { image, options } = request;
    checkOptions(request);
    if (manners.strict) checkStrict(request, url, true);
    const { name: model, kind } = find(hosted, request.model, url, image !== undefined);
    if (image !== undefined && !kind.image) {
      throw new InvalidRequestError("image", image, `no image to begin with, for ${model}`, BY_US);
    }
    if (image === undefined && !kind.text) {
      const allowed = `an image, which ${model} begins with: .with_image(picture)`;
      throw new InvalidRequestError("image", image, allowed, BY_US);
    }
    // What such servers make where nothing is said.
    const usual = "num_frames" in options ? undefined : familyOf(model ?? "") ? 5 : 4;
    // Left to themselves, some make the same video of the same words each time.
    const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
    return changed(request, {
      model,
      duration: request.duration ?? usual,
      seed: request.seed ?? (manners.strict ? undefined : random >>> 1),
    });
  }

  async submit(submissions: readonly Submission[]): Promise<Map<string, Ticket | LLMKitError>> {
    const one = async (each: Submission): Promise<[string, Ticket | LLMKitError]> => {
      try {
        const ticket = this.#server.manners.synchronous
          ? this.#order(each)
          : this.#submitting.through(async () =>
              this.#ticket(each, await submit(each, this.#server)),
            );
        return [each.taskId, await ticket];
      } catch (error) {
        // Of what was not foreseen nobody can tell whether it had left.
        const said = error instanceof LLMKitError ? error : new ServerError(String(error), BY_US);
        return [each.taskId, said];
      }
    };
    return new Map(await Promise.all(submissions.map(one)));
  }

  #ticket({ request }: Submission, { record, body }: Taken): Ticket {
    const { id: taskId, state, encoded, url } = record;
    const withoutSeed = request.seed !== undefined && !("seed" in body.fields);
    // The video itself; there may be nobody to ask for it later.
    const whole = state === "succeeded" && (encoded || url);
    return {
      taskId,
      withoutSeed,
      ...(whole && { update: ended(taskId, record, this.#server.url) }),
    };
  }

  /**
   * Send a job off to a server that answers with the finished video, after minutes. The job lives in
   * its open connection: there is no id that could be asked for, and it is gone when this process
   * ends.
   */
  async #order(submission: Submission): Promise<Ticket> {
    const { manners, url } = this.#server;
    const taskId = OPEN + submission.taskId;
    const stop = new AbortController();
    let late: (value?: undefined) => void = () => {};
    const quick = new Promise<undefined>((resolve) => {
      late = resolve;
    });
    const answer = this.#connections.through(() => {
      setTimeout(late, QUICK);
      return submit(submission, this.#server, { deadline: LONG, send: patient(stop.signal) });
    });
    const judged = answer.then((taken) => {
      const { record } = taken;
      if (record.state !== "processing") return { taskId, update: ended(taskId, record, url) };
      // It is a server of the other kind, where a job can be asked for.
      manners.synchronous = false;
      this.#ids.set(taskId, record.id);
      return this.#ticket(submission, taken);
    });
    const early = await Promise.race([judged, quick]);
    if (early) return early;
    this.#open.set(taskId, stop);
    const update = judged.then(
      (ticket) => ticket.update,
      (error: LLMKitError): Update => {
        const broken = error instanceof NetworkError;
        return { taskId, state: "failed", error: broken ? this.#lost(error.message) : error };
      },
    );
    const kept = update.then((told) => {
      this.#open.delete(taskId);
      if (told) {
        this.#ended.set(taskId, told.videoBytes ? new WeakRef(told) : { deref: () => told });
      }
      return told;
    });
    return { taskId, update: kept };
  }

  #lost(why: string): JobLostError {
    return new JobLostError(
      `${this.#server.url} sends a video through the connection that ordered it, and that is ` +
        `closed (${why}). The job may go on there, and nobody can have its video.`,
      BY_US,
    );
  }

  /** The id by which a job can be asked for; undefined where it lives in a connection. */
  #idOf(taskId: string): string | undefined {
    return taskId.startsWith(OPEN) ? this.#ids.get(taskId) : taskId;
  }

  #look(taskId: string): Update {
    if (this.#open.has(taskId)) {
      return { taskId, state: "processing", providerStatus: "generating" };
    }
    const error = this.#lost("its video was given already, or it was another process's");
    return this.#ended.get(taskId)?.deref() ?? { taskId, state: "failed", error };
  }

  async poll(taskIds: readonly string[]): Promise<Update[]> {
    const ids = new Map(taskIds.map((taskId) => [taskId, this.#idOf(taskId)]));
    const asked = [...ids.values()].flatMap((id) => id ?? []);
    const told = await askAll(asked, this.#server);
    const [failure] = told.values();
    const failures = [...told.values()].filter((said) => said instanceof LLMKitError);
    if (failure instanceof LLMKitError && failures.length === taskIds.length) throw failure;
    return [...ids].map(([taskId, id]) =>
      id === undefined ? this.#look(taskId) : this.#update(taskId, id, told.get(id)),
    );
  }

  #update(taskId: string, id: string, said: Told): Update {
    if (!said) return { taskId, state: "unknown" };
    if (said instanceof LLMKitError) {
      // This question was not answered; others were.
      return { taskId, state: "processing", retryAfter: said.retryAfterSeconds };
    }
    const { state, status, progress, waiting, queuePosition, retryAfter, url } = said;
    return {
      taskId,
      state,
      providerStatus: status,
      progress: waiting ? undefined : progress,
      // Not by the id in the answer: a proxy may tell another one.
      videoUrl: url ?? this.#content(id),
      retryAfter,
      error: state === "failed" ? failed(said, this.#server.url) : undefined,
      waiting,
      queuePosition,
    };
  }

  async lookBack(taskId: string): Promise<Update> {
    const id = this.#idOf(taskId);
    if (id === undefined) return this.#look(taskId);
    const said = await askOne(id, this.#server);
    if (said instanceof LLMKitError) throw said;
    if (said) return this.#update(taskId, id, said);
    const error = new JobLostError(
      `${this.#server.url} took the job as ${id} and does not know it any more. Such servers ` +
        "forget their jobs when they are started again, or somebody deleted it. It was not sent " +
        "again; repeat the request if you still want the video.",
      { ...BY_US, taskId },
    );
    return { taskId, state: "failed", error };
  }

  source({ taskId, videoUrl: url, videoBytes: bytes }: Update): VideoSource {
    const { url: ownOrigin, key, isPrivate: allowPrivate = false } = this.#server;
    const from = { url, bytes, ownOrigin, key, allowPrivate };
    const id = this.#idOf(taskId);
    // From the server itself, else from where the server says that it is.
    return id === undefined || bytes ? from : { ...from, first: this.#content(id) };
  }

  #content(id: string): string {
    return this.#server.url + this.#server.videos(id, "content");
  }

  async cancel(taskId: string): Promise<Cancellation> {
    const id = this.#idOf(taskId);
    if (id !== undefined) return await cancel(id, this.#server);
    const open = this.#open.get(taskId);
    open?.abort();
    const note = open
      ? "Its connection is closed; the server may go on computing for nobody."
      : "The job has ended already.";
    return { stopped: open !== undefined, note };
  }

  /** Nothing: see the class. */
  async estimate(): Promise<undefined> {
    return undefined;
  }

  async models(): Promise<Model[]> {
    return videosOf(await this.#discovery.hosted()).map(({ name, kind: { text, image } }) => {
      const title = name.slice(name.lastIndexOf("/") + 1) || name;
      return { id: name, title, durations: "", sizes: "", text, image };
    });
  }

  whereToLook(): string {
    const { manners, url } = this.#server;
    return manners.synchronous || manners.withoutList
      ? `Look into the log of the server at ${url}.`
      : `Look whether it is among the jobs at ${url}${this.#server.videos()}.`;
  }
}
