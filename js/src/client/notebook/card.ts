// A job's state in the words and numbers that people see; html.ts draws it.
import { bundled } from "../catalog/facts.ts";
import type { VideoGenerationResponse } from "../response.ts";
import { excerpt, fixed, moment, money, seconds, visible } from "./wording.ts";

type State = "waiting" | "running" | "done" | "failed" | "cancelled";

/** Times are in seconds. */
export interface Card {
  state: State;
  headline: string;
  taskId: string;
  prompt: string;
  model: string;
  provider: string;
  /** Percentage, elapsed, left, cost. */
  facts: string[];
  /** How much of a bar is filled, from 0 to 1: of the expected time where nothing is told. */
  share: number | undefined;
  /** The provider's own word, where it says more than the headline. */
  word: string;
  /** An error, a notice, or what to do; empty most of the time. */
  message: string;
  /** When this was so, while it may still change: a notebook keeps what it last showed. */
  at: string;
  /** One of many, which has a line of its own and no more. */
  small: boolean;
}

/** What a job knows beside its response; it is one itself. */
export interface Beside {
  eta?: number | undefined;
  waiting?: boolean;
  queuePosition?: number | undefined;
  notice?: string | undefined;
}

const RUNNING: Record<string, string> = {
  queued: "Waiting in the queue",
  submitting: "Submitting",
  generating: "Generating",
  downloading: "Downloading",
};
// Providers' words that say no more than the headline.
const SAME = /^(processing|rendering|running|pending|in_progress|)$/;
const SAME_WAITING = /^(queued|pending|waiting for a free worker|)$/;

/** Look at a job as it stands now, by its response and what it knows beside that. */
export function cardOf(
  response: VideoGenerationResponse,
  beside: Beside = {},
  message = "",
  small = false,
): Card {
  const { status, phase = "", elapsed = 0, error, request } = response;
  const { eta, waiting = false, queuePosition, notice } = beside;
  const [state, headline] = stateOf(response, waiting);
  const runs = status === "processing";
  const told = response.progress;
  const progress = !runs || told === undefined ? undefined : Math.min(Math.max(told, 0), 1);
  const facts: string[] = [];
  if (runs) {
    if (progress !== undefined) facts.push(percent(progress));
    if (queuePosition !== undefined) facts.push(`place ${queuePosition} in the queue`);
    facts.push(seconds(elapsed));
    if (eta !== undefined) facts.push(`about ${seconds(Math.max(eta, 1))} left`);
  }
  if (response.cost) facts.push(money(response.cost));
  const word = (response.provider_status ?? "").trim();
  const same = waiting ? SAME_WAITING : SAME;
  const news = runs && word.toLowerCase() !== phase && !same.test(word.toLowerCase());
  const model = response.model ?? request?.model;
  const reason = error?.message.replace(/\.+$/, "") === headline ? "" : error?.message;
  // An expectation never looks finished.
  const all = elapsed + (eta ?? Number.NaN);
  const expected = all > 0 ? Math.min(elapsed / all, 0.97) : undefined;
  return {
    state,
    headline,
    taskId: response.task_id ?? "",
    prompt: excerpt(request?.prompt ?? ""),
    model: model ? excerpt(titleOf(model), 80) : "",
    provider: response.provider ?? "",
    facts,
    share: runs ? (progress ?? expected) : undefined,
    word: news ? excerpt(word, 40) : "",
    message: [reason, notice, message].filter(Boolean).join(" "),
    at: runs ? moment() : "",
    small,
  };
}

/** A model's name for people; its id where it has no other. */
export function titleOf(model: string): string {
  return bundled(model)?.title ?? model;
}

export function percent(share: number): string {
  return `${fixed(share * 100)}%`;
}

/** The card as plain text. */
export function asText(card: Card): string {
  const parts = [card.headline, ...card.facts, visible(card.model)];
  if (card.message) parts.push(visible(card.message));
  const at = card.at && `, as of ${card.at}`;
  return `${parts.join(" \u00b7 ")}\n${card.prompt}\njob ${visible(card.taskId)}${at}`;
}

function stateOf(response: VideoGenerationResponse, waiting: boolean): [State, string] {
  const { status, elapsed, error, phase = "" } = response;
  const took = (before: string) => (elapsed === undefined ? "" : `${before}${seconds(elapsed)}`);
  if (status === "completed") return ["done", `Done${took(" in ")}`];
  if (status === "failed") {
    if (error?.code === "cancelled") return ["cancelled", "Cancelled"];
    return ["failed", `Failed${took(" after ")}`];
  }
  if (waiting) return ["waiting", "Waiting for a worker"];
  return [phase === "queued" ? "waiting" : "running", RUNNING[phase] ?? "Working"];
}
