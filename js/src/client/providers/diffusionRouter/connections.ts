// Servers that answer a submission with the finished video, after minutes (NVIDIA Dynamo).
//
// Such a job lives in its open connection: it has no id that could be asked for, and is gone when
// this process ends. So it is sent once, in the background, and looked at like the other jobs.
import { Buffer } from "node:buffer";
import { InvalidVideoError, JobLostError, LLMKitError, NetworkError } from "../../errors.ts";
import { patient } from "../../transport/patient.ts";
import type { Cancellation, Submission, Ticket, Update } from "../provider.ts";
import { build } from "./bodies.ts";
import { BY_US, failed } from "./faults.ts";
import { type JobRecord, readRecord } from "./records.ts";
import { Gate, type Server } from "./server.ts";

const PREFIX = "open-connection:";
const LONG = 3600; // seconds for the answer
const QUICK = 500; // milliseconds in which a refusal comes, before the job counts as taken

interface Order {
  outcome?: JobRecord | LLMKitError;
  readonly stop: AbortController;
}

/** The open connections of this process. */
export class Connections {
  readonly #server: Server;
  readonly #orders = new Map<string, Order>();
  readonly #gate = new Gate(() => 4);

  constructor(server: Server) {
    this.#server = server;
  }

  /** Send a job off. @throws LLMKitError a refusal that comes at once. */
  async submit(submission: Submission): Promise<Ticket> {
    const { manners } = this.#server;
    const order: Order = { stop: new AbortController() };
    await new Promise<void>((resolve) => {
      const sending = this.#gate.through(() => {
        setTimeout(resolve, QUICK);
        return this.#send(submission, order.stop.signal);
      });
      sending.catch(asError).then((outcome) => {
        order.outcome = outcome;
        resolve();
      });
    });
    const { outcome } = order;
    if (outcome instanceof LLMKitError) throw outcome;
    if (outcome?.state === "processing") {
      // It is a server of the other kind, where a job can be asked for.
      manners.synchronous = false;
      manners.read.add("json");
      return { taskId: outcome.id };
    }
    const taskId = PREFIX + submission.taskId;
    this.#orders.set(taskId, order);
    return { taskId };
  }

  async #send({ request }: Submission, stop: AbortSignal): Promise<JobRecord> {
    const { content, fields } = build(request, this.#server.manners);
    const answer = await this.#server.post(content, { deadline: LONG, send: patient(stop) });
    if (answer.status >= 300) throw this.#server.refusal(answer, { request, fields });
    this.#server.check(answer);
    const record = readRecord(answer.body);
    if (record) return record;
    const said = `${this.#server.url} answered with no video: ${answer.excerpt}`;
    throw new InvalidVideoError(said, BY_US);
  }

  /** The id by which a job can be asked for; undefined where it lives in a connection. */
  idOf(taskId: string): string | undefined {
    if (!taskId.startsWith(PREFIX)) return taskId;
    const outcome = this.#orders.get(taskId)?.outcome;
    if (outcome instanceof LLMKitError || outcome?.state !== "processing") return undefined;
    return outcome.id;
  }

  /** How a job stands. */
  look(taskId: string): Update {
    const order = this.#orders.get(taskId);
    const { outcome } = order ?? {};
    if (order && !outcome) return { taskId, state: "processing", providerStatus: "generating" };
    if (outcome && !(outcome instanceof LLMKitError)) {
      return finished(taskId, outcome, this.#server.url);
    }
    const broken = outcome instanceof NetworkError ? `broke off (${outcome.message})` : undefined;
    if (outcome && !broken) return { taskId, state: "failed", error: outcome };
    const error = new JobLostError(
      `${this.#server.url} sends a video through the connection that ordered it, and that ` +
        `${broken ?? "is closed"}. The job may go on there, and nobody can have its video.`,
      { ...BY_US, taskId },
    );
    return { taskId, state: "failed", error };
  }

  /** Close the connection. */
  cancel(taskId: string): Cancellation {
    const order = this.#orders.get(taskId);
    if (!order || order.outcome) return { stopped: false, note: "The job has ended already." };
    this.#orders.delete(taskId);
    order.stop.abort();
    return {
      stopped: true,
      note:
        `Cancelled: the connection to ${this.#server.url} is closed. It may go on computing what ` +
        "has begun, and nobody can have that video.",
    };
  }
}

/** What an answer that is the end of a job says. */
export function finished(taskId: string, record: JobRecord, url: string): Update {
  const { state, status: providerStatus, encoded, url: videoUrl } = record;
  if (state === "failed") return { taskId, state, providerStatus, error: failed(record, url) };
  const plain = encoded?.replace(/\s+/g, "");
  let said =
    `${url} says that the video is made, and sent neither the video nor an address of it that can ` +
    "be fetched from here. Dynamo has a setting for such addresses (media_output_http_url).";
  if (plain && !/^[\w+/]+={0,2}$/.test(plain)) said = "The video came in broken base64.";
  else if (plain || videoUrl) {
    const videoBytes = plain ? new Uint8Array(Buffer.from(plain, "base64")) : undefined;
    return { taskId, state, providerStatus, videoUrl, videoBytes };
  }
  return { taskId, state: "failed", error: new InvalidVideoError(said, BY_US) };
}

function asError(error: unknown): LLMKitError {
  return error instanceof LLMKitError ? error : new LLMKitError(String(error));
}
