// Cards that move while jobs run, whatever the notebook is doing: by display id, at a bounded rate.
import { kernel } from "../environment.ts";
import { VideoTimeoutError, WaitAbortedError } from "../errors.ts";
import type { VideoJob } from "../job.ts";
import { type Bundle, cardBundle, doneLine, noteBundle, videoBundle } from "./bundles.ts";

const PACE = 1000; // milliseconds between two updates of a card whose phase does not change
const RATE = 4; // messages a second for all of them together
const MANY = 4; // cards at once from which each is a line or two

/** One job's place in the notebook. */
class LiveCard {
  readonly job: VideoJob;
  /** What it becomes when its video is there. */
  final: "video" | "line";
  message = "";
  urgent = false;
  sentAt = 0;
  readonly #small: boolean;
  readonly #id = `llmkit-${crypto.randomUUID()}`;
  readonly #unwatch: () => void;
  readonly #unsubscribe: () => void;
  #seen: string;
  #begun = false;
  /** Messages stay in their order, also where one takes its time to be made. */
  sent: Promise<void> = Promise.resolve();

  constructor(job: VideoJob, final: "video" | "line", small: boolean) {
    this.job = job;
    this.final = final;
    this.#small = small;
    this.#seen = this.#state;
    this.#unwatch = job.watch();
    this.#unsubscribe = job.onChange(() => {
      if (this.#state === this.#seen) return;
      this.#seen = this.#state;
      this.urgent = true;
      wake();
    });
    cards.add(this);
  }

  get #state(): string {
    return `${this.job.status} ${this.job.phase} ${this.job.waiting}`;
  }

  /** Send it as the job stands now; the last word is the video, its line, or the failure. */
  send(): Promise<void> {
    this.urgent = false;
    this.sentAt = Date.now();
    if (this.job.done()) this.leave();
    // Begun now, so that the card is of this moment.
    const bundle = this.#bundle();
    this.sent = this.sent
      .then(async () => this.#publish(await bundle))
      .catch((error) => {
        // The job is what matters, not its picture.
        this.leave();
        console.warn(`llmkit-jupyter: a card cannot be shown: ${error}`);
      });
    return this.sent;
  }

  leave(): void {
    cards.delete(this);
    this.#unwatch();
    this.#unsubscribe();
  }

  async #bundle(): Promise<Bundle> {
    const { job } = this;
    const { response } = job;
    if (response.status !== "completed") {
      return cardBundle(response, job, job.done() ? "" : this.message, this.#small);
    }
    return this.final === "video" ? await videoBundle(response) : noteBundle(doneLine(response));
  }

  async #publish(data: Bundle): Promise<void> {
    const type = this.#begun ? "update_display_data" : "display_data";
    this.#begun = true;
    await kernel()?.broadcast(type, { data, metadata: {}, transient: { display_id: this.#id } });
  }
}

const cards = new Set<LiveCard>();
let working = false;
let wake = () => {};

/** Keep all cards current until there are none. */
async function work(): Promise<void> {
  if (working) return;
  working = true;
  let allowance = RATE;
  let before = Date.now();
  for (;;) {
    const now = Date.now();
    allowance = Math.min(RATE, allowance + ((now - before) * RATE) / 1000);
    before = now;
    // News first, then the one that waited longest.
    const [card] = [...cards].sort((a, b) => turn(a) - turn(b));
    if (!card) break;
    const wait = Math.max(turn(card) + PACE - now, ((1 - allowance) * 1000) / RATE);
    if (wait > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, wait);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      continue;
    }
    allowance -= 1;
    card.send();
  }
  working = false;
}

function turn(card: LiveCard): number {
  return card.urgent || card.job.done() ? 0 : card.sentAt;
}

/** Show a card for a job, and then its video. */
export async function follow(job: VideoJob): Promise<void> {
  await new LiveCard(job, "video", false).send();
  work();
}

/**
 * Show a card for each job while a call waits for them; gives what is called at the end of the wait,
 * with the error that ended it.
 */
export function waiting(jobs: readonly VideoJob[]): (error?: unknown) => Promise<void> {
  const shown = jobs.map((job) => new LiveCard(job, "line", jobs.length >= MANY));
  for (const card of shown) card.send();
  work();
  return async (error) => {
    for (const card of shown) {
      if (!cards.has(card)) continue; // it has had its last word
      if (!card.job.done()) {
        const word = WORDS.find(([type]) => error instanceof type)?.[1];
        if (!word) card.leave();
        card.final = "video";
        card.message = word ? `${word}; the job goes on.` : "";
      }
      card.send();
    }
    await Promise.all(shown.map((card) => card.sent));
  };
}

const WORDS = [
  [WaitAbortedError, "Stopped waiting"],
  [VideoTimeoutError, "The wait ran out"],
] as const;
