// Runware as a provider: many video models behind one address, many jobs in one request.
import { DEFAULT_MODEL, resolve as find, SUCCESSORS } from "../../catalog/aliases.ts";
import { bundled, type ModelFacts, snapshot } from "../../catalog/facts.ts";
import { checkOurs, resolve } from "../../catalog/limits.ts";
import { LLMKitError } from "../../errors.ts";
import type { VideoGenerationRequest } from "../../request.ts";
import type { Secret } from "../../secret.ts";
import type { VideoSource } from "../../transport/source.ts";
import type { Cancellation, Model, Provider, Submission, Ticket, Update } from "../provider.ts";
import { isFault, read } from "./envelope.ts";
import { categoryOf, notTaken, toError } from "./faults.ts";
import { Questions } from "./questions.ts";
import { asAnswer, Service } from "./service.ts";
import { submit } from "./submissions.ts";
import { type Task, videoTask } from "./tasks.ts";
import { isFinal, LOOK, Verdicts } from "./verdict.ts";

const TTL = 7 * 24 * 3600; // seconds that the service is asked to keep a video

/** Speaks Runware's task arrays; the key is sent to `url` and nowhere else. */
export class RunwareProvider implements Provider {
  readonly #url: string;
  readonly #warn: (message: string) => void;
  readonly #service: Service;
  readonly #questions: Questions;
  readonly #verdicts = new Verdicts();

  constructor(key: Secret, url: string, warn: (message: string) => void) {
    this.#url = url;
    this.#warn = warn;
    this.#service = new Service(url, key);
    this.#questions = new Questions(this.#service);
  }

  get submitLimit(): number {
    return this.#service.account.submit;
  }
  get pollLimit(): number {
    return this.#service.account.poll;
  }

  async validate(request: VideoGenerationRequest): Promise<VideoGenerationRequest> {
    const { air, note } = find(request.model ?? DEFAULT_MODEL, request.image !== undefined);
    // Who names no model leaves the choice to us.
    if (note && request.model !== undefined) this.#warn(note);
    const facts = bundled(air);
    if (!facts) checkOurs(request);
    const sent = facts ? resolve(facts, request) : request.with_model(air);
    if (facts && !facts.fields.includes("positivePrompt")) {
      this.#warn(`${facts.title} takes no words: the prompt names the job and is not sent.`);
    }
    // Built to see that it can be: options may contradict each other.
    this.#task("", sent);
    return sent;
  }

  async submit(submissions: readonly Submission[]): Promise<Map<string, Ticket | LLMKitError>> {
    const answers = new Map<string, Ticket | LLMKitError>();
    const tasks: Task[] = [];
    const ttl = this.#service.account.withoutTtl ? undefined : TTL;
    for (const { taskId, request } of submissions) {
      try {
        tasks.push(this.#task(taskId, request, ttl));
      } catch (error) {
        answers.set(taskId, asAnswer(error));
      }
    }
    const outcomes = await submit(this.#service, tasks);
    for (const { taskId, request } of submissions) {
      const outcome = outcomes.get(taskId);
      if (!outcome) continue;
      const { told, reply } = outcome;
      const where = { status: reply?.status, retryAfter: reply?.retryAfter, request };
      const error = isFault(told) ? (notTaken(told, where) ?? toError(told, where)) : told;
      answers.set(taskId, error ?? { taskId });
    }
    return answers;
  }

  async poll(taskIds: readonly string[]): Promise<Update[]> {
    const byId = new Map(taskIds.map((taskId) => [taskId.toLowerCase(), taskId]));
    const told = [...(await this.#questions.ask([...byId.keys()]))];
    const failures = told.flatMap(([, said]) => (said instanceof LLMKitError ? said : []));
    if (failures[0] && failures.length === told.length) throw failures[0];
    return await Promise.all(
      told.map(async ([id, said]): Promise<Update> => {
        const taskId = byId.get(id) ?? id;
        if (said instanceof LLMKitError) {
          // Its array did not come through; others did.
          return { taskId, state: "processing", retryAfter: said.retryAfterSeconds };
        }
        let update = this.#verdicts.judge(taskId, said);
        if (update.state === "failed" && !(isFault(said) && isFinal(said))) {
          update = await this.#unlessArchived(update);
        }
        if (/^(succeeded|failed)$/.test(update.state)) this.#questions.forget(id);
        return update;
      }),
    );
  }

  /** What the archive has instead of a failure that was told in doubtful words. */
  async #unlessArchived(failed: Update): Promise<Update> {
    const { taskId } = failed;
    try {
      const found = await this.lookBack(taskId);
      return found.state === "succeeded" ? found : failed;
    } catch (error) {
      // It cannot answer at the moment, so the failure is not certain yet.
      return { taskId, state: "processing", retryAfter: asAnswer(error).retryAfterSeconds };
    }
  }

  async lookBack(taskId: string): Promise<Update> {
    const id = taskId.toLowerCase();
    const reply = await this.#service.ask([{ taskType: "getTaskDetails", taskUUID: id }]);
    const { items, faults, loose } = reply.envelope;
    for (const fault of [...faults.values(), ...loose]) {
      // Else the question was not answered, so nothing is known yet.
      if (categoryOf(fault.code) !== "missing") throw toError(fault, reply);
    }
    return this.#verdicts.archived(taskId, read(items.get(id)?.values.response));
  }

  source({ taskId, videoUrl }: Update): VideoSource {
    // The address is public, so the key stays here.
    const renew = async () => (await this.poll([taskId]))[0]?.videoUrl;
    return { url: videoUrl, ownOrigin: this.#url, renew };
  }

  async cancel(_taskId: string): Promise<Cancellation> {
    const note =
      "Runware cannot cancel a job that has begun. It goes on and will be charged; its video can " +
      "still be had.";
    return { stopped: false, note };
  }

  /** Ask for the price with a dry run, which makes and charges nothing. */
  async estimate(request: VideoGenerationRequest): Promise<number | undefined> {
    const { account } = this.#service;
    if (account.withoutPrice) return undefined;
    const taskId = crypto.randomUUID();
    const task = this.#task(taskId, request);
    const reply = await this.#service.send([task], { "X-Runware-Dry-Run": "1" });
    const { items, faults, loose } = reply.envelope;
    const item = items.get(taskId);
    if (item && !("cost" in item.values)) {
      // Answered like a submission. If the header was lost on the way it was one, and must not be
      // repeated for every price.
      account.withoutPrice = true;
      this.#warn(
        `Runware answered a dry run without a price (task ${taskId}); it is not asked for prices any more.`,
      );
    }
    const fault = [...faults.values(), ...loose][0];
    if (!item && fault) throw toError(fault, { ...reply, request });
    return item?.cost;
  }

  async models(): Promise<Model[]> {
    const own = [...snapshot].sort((a, b) => (a.slug < b.slug ? -1 : 1));
    return [
      ...[...SUCCESSORS].flatMap(([name, air]) => entryOf(name, bundled(air))),
      ...own.flatMap((facts) => entryOf(facts.slug, facts)),
    ];
  }

  whereToLook(taskId: string): string {
    return LOOK(taskId);
  }

  #task(taskId: string, request: VideoGenerationRequest, ttl?: number): Task {
    return videoTask(taskId, request, bundled(request.model ?? ""), ttl);
  }
}

function entryOf(id: string, facts: ModelFacts | undefined): Model[] {
  if (!facts) return [];
  const { title, secondsInWords: durations, sizes = [], text_to_video: text, takesImage } = facts;
  return [{ id, title, durations, sizes: sizes.join(", "), text, image: takesImage }];
}
