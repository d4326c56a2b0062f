// One HTTP request to Runware: an array of tasks there, an envelope back.
import { LLMKitError, ServerError } from "../../errors.ts";
import type { Secret } from "../../secret.ts";
import { type Answer, call } from "../../transport/http.ts";
import { type Envelope, type Fault, type Item, read } from "./envelope.ts";
import { byStatus, type Circumstances, categoryOf, toError, wrongAddress } from "./faults.ts";

/** What the service, or the way to it, says of one task. */
export type Told = Item | Fault | LLMKitError;

/** An envelope, the HTTP status that it came with, and the wait that was asked for. */
export interface Reply extends Circumstances {
  readonly envelope: Envelope;
  readonly status: number;
}

/** Lets so many through at once, in their order. */
class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];
  constructor(free: number) {
    this.#free = free;
  }
  async through<T>(work: () => Promise<T>): Promise<T> {
    this.#free -= 1;
    if (this.#free < 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      this.#free += 1;
      this.#waiting.shift()?.();
    }
  }
}

/**
 * What this process has learned about the service at an address, and its turns there.
 *
 * The service documents that a body is an array of tasks, and no size that it takes. So the first
 * sizes are generous, a refusal or an answer to only a part of the tasks makes them smaller.
 * Nothing is charged twice by it: what is sent again goes under the same task id.
 */
export class Account {
  submit = 100;
  poll = 100;
  /** The service refused to be told how long to keep a result. */
  withoutTtl = false;
  /** A dry run was answered without a price. */
  withoutPrice = false;
  // The service asks for a steady few requests instead of hundreds.
  readonly all = new Gate(4);
  // Submissions that hang must not hold up the news of other jobs.
  readonly others = new Gate(3);

  /** Make arrays of a kind no larger than that. */
  shrink(kind: "submit" | "poll", size: number): void {
    this[kind] = Math.max(1, Math.min(this[kind], size));
  }
}

/** By address; tests empty it. */
export const accounts = new Map<string, Account>();

/** The address and the key. */
export class Service {
  readonly account: Account;
  readonly #url: string;
  readonly #key: Secret;

  constructor(url: string, key: Secret) {
    this.#url = url;
    this.#key = key;
    this.account = accounts.get(url) ?? new Account();
    accounts.set(url, this.account);
  }

  /** Hand over or ask for a price. @throws LLMKitError the answer as a whole is a failure. */
  async send(tasks: readonly object[], headers: Record<string, string> = {}): Promise<Reply> {
    return await this.account.others.through(() => this.ask(tasks, headers));
  }

  /** The same for what only reads; it goes past submissions that wait. */
  async ask(tasks: readonly object[], headers: Record<string, string> = {}): Promise<Reply> {
    const answer = await this.account.all.through(() => this.#post(tasks, headers));
    const { status, retryAfter, excerpt } = answer;
    const where = { status, retryAfter };
    const envelope = read(answer.body);
    if (!envelope) {
      const instead = `the answer is ${answer.problem ?? "something else"}: ${excerpt}`;
      throw byStatus(status < 400 ? instead : excerpt, where);
    }
    const { items, faults, loose, others } = envelope;
    if (!items.size) {
      // What such a fault says without naming a task holds for every task of the request.
      const forAll = loose.find(({ code }) =>
        /^(auth|permission|quota|rate)$/.test(categoryOf(code, status)),
      );
      if (forAll) throw toError(forAll, where);
      const first = loose[0] ?? [...faults.values()][0];
      const passing = status === 408 || status === 429 || status >= 500;
      if (passing || (status >= 400 && !first && !others)) throw byStatus(excerpt, where, first);
    }
    return { envelope, ...where };
  }

  async #post(tasks: readonly object[], headers: Record<string, string>): Promise<Answer> {
    const url = this.#url;
    const body = JSON.stringify(tasks);
    let answer: Answer;
    try {
      answer = await call(url, { method: "POST", body, key: this.#key, headers });
    } catch (error) {
      if (error instanceof ServerError && error.status && error.status < 400) {
        throw wrongAddress(error.status, error.message);
      }
      throw error;
    }
    if ([404, 405, 410, 501].includes(answer.status) && !read(answer.body)) {
      const said = `${url} answers with HTTP status ${answer.status}, so the service is not there.`;
      throw wrongAddress(answer.status, said);
    }
    return answer;
  }
}

/** What an answer says of a task; of the only one asked for, what names nobody as well. */
export function saidOf(envelope: Envelope, taskId: string, alone: boolean): Told | undefined {
  const id = taskId.toLowerCase();
  return (
    envelope.items.get(id) ?? envelope.faults.get(id) ?? (alone ? envelope.loose[0] : undefined)
  );
}

/** Whether a smaller request may fare better: refused as a whole, for no reason that we know. */
export function refusesSize(error: unknown): error is ServerError {
  return (
    error instanceof ServerError && [400, 413, 414, 422, 431].includes(error.details?.status ?? 0)
  );
}

/** An error of the call itself; what is none of ours is no answer of the service's. */
export function asAnswer(error: unknown): LLMKitError {
  if (error instanceof LLMKitError) return error;
  throw error;
}
