// Learns what a server hosts, from `/v1/models` and `/models`, and which of it is meant.
import { type Kind, kindOf } from "../../catalog/openModels.ts";
import {
  AuthenticationError,
  LLMKitError,
  ModelNotFoundError,
  NetworkError,
  nearest,
  WrongAddressError,
} from "../../errors.ts";
import { BY_US } from "./faults.ts";
import { type Fields, list, nameAmong, object, objects, string } from "./records.ts";
import type { Server } from "./server.ts";

const FRESH = 60; // seconds that a list of models holds
const AGAIN = 5; // seconds before a server that did not answer is asked again
const PATIENCE = 5; // seconds: somebody is waiting to submit

/** A model that a server hosts. */
export interface Hosted {
  readonly name: string;
  readonly kind: Kind;
  /** In the server's words. */
  readonly tasks: readonly string[];
  readonly owner: string;
}

export class Discovery {
  readonly #server: Server;
  #hosted: readonly Hosted[] = [];
  /** Why nothing, or nothing new, was heard the last time. */
  #trouble: LLMKitError | undefined;
  #next = 0;
  #asking: Promise<void> | undefined;

  constructor(server: Server) {
    this.#server = server;
  }

  /**
   * What the server hosts, as last heard; asked where that is due.
   *
   * @throws LLMKitError nothing that could make a video has ever answered. Nothing was sent yet;
   * after a submission that breaks off nobody could tell that any more.
   */
  async hosted(): Promise<readonly Hosted[]> {
    if (Date.now() >= this.#next) {
      this.#asking ??= this.#ask().finally(() => {
        this.#asking = undefined;
      });
      await this.#asking;
    }
    const hopeless = [NetworkError, AuthenticationError, WrongAddressError];
    if (!this.#hosted.length && !this.#server.manners.proven) {
      if (hopeless.some((kind) => this.#trouble instanceof kind)) throw this.#trouble;
    }
    return this.#hosted;
  }

  async #ask(): Promise<void> {
    let wait = AGAIN;
    this.#trouble = undefined;
    try {
      const found = await this.#models();
      if (found.length) {
        this.#hosted = found;
        wait = FRESH;
      }
    } catch (error) {
      if (!(error instanceof LLMKitError)) throw error;
      this.#trouble = error;
    }
    this.#next = Date.now() + wait * 1000;
  }

  async #models(): Promise<Hosted[]> {
    let entries = entriesOf(await this.#get("/v1/models"));
    if (!entries.some((entry) => tasksOf(entry).length)) {
      // Servers that tell tasks elsewhere host one model. Not every server has it.
      const more = entriesOf(await this.#get("/models").catch(() => undefined));
      const { task_type, supported_task_types } = more[0] ?? {};
      if (!entries.length) entries = more;
      else if (more.length === 1 && tasksOf(more[0]).length) {
        entries = entries.map((entry) => ({ ...entry, task_type, supported_task_types }));
      }
    }
    const found = new Map<string, Hosted>();
    for (const entry of entries) {
      const { id, model_path, model, name: title, owned_by } = entry;
      const name = nameAmong([id, model_path, model, title], 200)?.trim();
      const tasks = tasksOf(entry);
      const owner = string(owned_by)?.slice(0, 100).toLowerCase() ?? "";
      if (name && !found.has(name)) {
        found.set(name, { name, kind: kindOf(name, tasks), tasks, owner });
      }
    }
    const models = [...found.values()];
    const owners = new Set(models.flatMap(({ owner }) => owner || []));
    this.#server.manners.meet([...owners].sort().join());
    return models;
  }

  async #get(path: string): Promise<unknown> {
    const answer = await this.#server.ask(path, { deadline: PATIENCE });
    if ([404, 405, 503].includes(answer.status)) return undefined;
    this.#server.check(answer);
    return answer.body;
  }
}

/** Leave out what makes no videos; what is known to make them goes first. */
export function videosOf(hosted: readonly Hosted[]): Hosted[] {
  const found = hosted.filter(({ name, kind }) => kind.makes !== "image" && !name.includes("*"));
  // For vLLM all are names for the one model that it runs, and it takes the first name alone.
  if (found.some(({ owner }) => owner === "vllm")) return found;
  const later = ({ kind }: Hosted) => Number(kind.makes !== "video");
  return found.sort((a, b) => later(a) - later(b));
}

/**
 * The model that is meant, by the server's own spelling, and what it makes.
 *
 * @param hosted as last heard; where nothing was, the server itself has the last word.
 * @param name as in a request; undefined for the server's own choice.
 * @param image the video begins with a picture.
 * @throws ModelNotFoundError names those that there are.
 */
export function find(
  hosted: readonly Hosted[],
  name: string | undefined,
  url: string,
  image: boolean,
): { name: string | undefined; kind: Kind } {
  if (!hosted.length) return { name, kind: kindOf(name ?? "") };
  const there = videosOf(hosted);
  const [first] = there;
  if (!first) {
    const listed = hosted
      .slice(0, 20)
      .map(({ name, tasks }) => (tasks.length ? `${name} (${tasks.join(", ")})` : name));
    const allowed = `${url} hosts no model that makes videos, only: ${listed.join(", ")}`;
    throw new ModelNotFoundError(name ?? "one for videos", allowed, BY_US);
  }
  if (name === undefined) {
    return there.find(({ kind }) => (image ? kind.image : kind.text)) ?? first;
  }
  const wanted = name.toLowerCase();
  const meant = there.find((each) => {
    const known = each.name.toLowerCase();
    return wanted === known || wanted === known.slice(known.lastIndexOf("/") + 1);
  });
  if (meant) return meant;
  // A proxy that passes on whatever it is asked for.
  if (hosted.some((each) => each.name.includes("*"))) return { name, kind: kindOf(name) };
  const names = there.map((each) => each.name);
  const allowed = hosted.some((each) => each.name.toLowerCase() === wanted)
    ? `it makes no videos; there is: ${names.join(", ")}`
    : `${nearest(name, names)}; at ${url}`;
  throw new ModelNotFoundError(name, allowed, BY_US);
}

/** The models of a list, of an object with a list in it, or of an object alone. */
function entriesOf(body: unknown): Fields[] {
  const whole = object(body);
  const inner = whole ? (whole.data ?? whole.models) : body;
  return Array.isArray(inner) || !whole ? objects(inner) : [whole];
}

function tasksOf(entry: Fields | undefined): string[] {
  const told = [entry?.task_type, ...list(entry?.supported_task_types)];
  // Some name an enumeration's member in full.
  const words = told.flatMap((each) => string(each)?.slice(0, 40).split(".").pop() ?? []);
  return [...new Set(words.map((each) => each.toUpperCase()))].sort();
}
