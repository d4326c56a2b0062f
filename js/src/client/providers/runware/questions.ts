// Asks for jobs in arrays, and tells what is said of a job from what is said of the question.
import { LLMKitError } from "../../errors.ts";
import { isFault } from "./envelope.ts";
import { categoryOf, isConflict, toError } from "./faults.ts";
import { asAnswer, type Reply, refusesSize, type Service, saidOf, type Told } from "./service.ts";
import { isFinal } from "./verdict.ts";

const PROBE = 5000; // milliseconds between two looks whether an array was answered only in part

type Answers = Map<string, Told | undefined>;

/** Asks how many jobs stand. */
export class Questions {
  readonly #service: Service;
  readonly #missed = new Map<string, number>();
  #nextProbe = 0;

  constructor(service: Service) {
    this.#service = service;
  }

  /**
   * Ask how jobs stand; `undefined` for those that the service does not show. An error stands for
   * an answer about the question or the moment: nothing is known.
   */
  async ask(ids: readonly string[]): Promise<Answers> {
    const size = this.#service.account.poll;
    const parts: (readonly string[])[] = [];
    for (let at = 0; at < ids.length; at += size) parts.push(ids.slice(at, at + size));
    const answers = await Promise.all(parts.map((part) => this.#askArray(part)));
    return new Map(answers.flatMap((part) => [...part]));
  }

  /** Drop what is remembered about a job that has ended. */
  forget(id: string): void {
    this.#missed.delete(id);
  }

  async #askArray(ids: readonly string[]): Promise<Answers> {
    let reply: Reply;
    try {
      reply = await this.#service.ask(ids.map((id) => ({ taskType: "getResponse", taskUUID: id })));
    } catch (error) {
      if (ids.length > 1 && refusesSize(error)) return await this.#askFewer(ids, error);
      return all(ids, asAnswer(error));
    }
    const { envelope } = reply;
    const told: Answers = new Map(
      ids.map((id) => [id, aboutTheJob(saidOf(envelope, id, false), reply)]),
    );
    const missing = ids.filter((id) => !told.get(id));
    for (const [id, answer] of told) if (answer) this.forget(id);
    if (!missing.length || (ids.length === 1 && !envelope.loose.length)) return told;
    const more = envelope.loose.length
      ? await this.#askWhom(missing, ids.length, reply)
      : await this.#lookCloser(missing, ids.length);
    return new Map([...told, ...more]);
  }

  /** Find out which job is meant by a fault that names none. */
  async #askWhom(missing: readonly string[], asked: number, reply: Reply): Promise<Answers> {
    const [fault] = reply.envelope.loose;
    if (!fault) return new Map();
    if (!isFinal(fault)) {
      const error = toError(fault, reply);
      if (reply.status >= 400 && asked > 1 && !reply.envelope.items.size) {
        return await this.#askFewer(missing, error);
      }
      return all(missing, error);
    }
    if (asked === 1) return all(missing, fault);
    const half = Math.floor(missing.length / 2) || 1;
    const told = await this.#askArray(missing.slice(0, half));
    if (half === missing.length) return told;
    return new Map([...told, ...(await this.#askArray(missing.slice(half)))]);
  }

  /** Ask in smaller arrays, if it was their number that was refused. */
  async #askFewer(ids: readonly string[], refusal: LLMKitError): Promise<Answers> {
    const told = await this.#askArray(ids.slice(0, 1));
    for (const answer of told.values()) if (answer instanceof LLMKitError) return all(ids, refusal);
    this.#service.account.shrink("poll", Math.floor(ids.length / 2));
    return new Map([...told, ...(await this.ask(ids.slice(1)))]);
  }

  /** Tell jobs that the service does not know yet from an array that was answered in part. */
  async #lookCloser(missing: readonly string[], asked: number): Promise<Answers> {
    for (const id of missing) this.#missed.set(id, (this.#missed.get(id) ?? 0) + 1);
    const suspect = missing.find((id) => (this.#missed.get(id) ?? 0) >= 2);
    if (!suspect || performance.now() < this.#nextProbe) return new Map();
    this.#nextProbe = performance.now() + PROBE;
    const told = await this.#askArray([suspect]);
    const answer = told.get(suspect);
    if (!answer || answer instanceof LLMKitError) return new Map();
    this.#service.account.shrink("poll", asked - missing.length || Math.floor(asked / 2));
    return new Map([...told, ...(await this.ask(missing.filter((id) => id !== suspect)))]);
  }
}

/** Take a fault for an error of the call where its HTTP status says so, and its code nothing. */
function aboutTheJob(said: Told | undefined, reply: Reply): Told | undefined {
  if (!isFault(said) || reply.status < 400 || isFinal(said)) return said;
  if (categoryOf(said.code) === "missing" || isConflict(said)) return said;
  return toError(said, reply);
}

function all(ids: readonly string[], told: Told): Answers {
  return new Map(ids.map((id) => [id, told]));
}
