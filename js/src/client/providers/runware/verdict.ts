// From what Runware says of a job to what that means for it.
//
// A word of failure ends a job that is paid for, so it must be certain. Some faults are about the
// key, the account, the service, the question or the moment rather than about the job. Those never
// end it, or only after they were told for minutes on end.
import { LLMKitError, SubmissionUnknownError } from "../../errors.ts";
import type { Update } from "../provider.ts";
import { type Envelope, type Fault, type Item, isFault } from "./envelope.ts";
import { categoryOf, isConflict, toError } from "./faults.ts";

const CERTAIN_AFTER = 3; // answers in a row,
const CERTAIN = 120_000; // milliseconds that they were told for, at the least

/** Where a person finds a job of which nobody knows what became. */
export const LOOK = (taskId: string) => `Look for task ${taskId} in your account at Runware.`;

/** Judges answers; remembers doubtful ones. */
export class Verdicts {
  readonly #doubts = new Map<string, { count: number; since: number }>();

  /** The state of a job by the answer to a poll. */
  judge(taskId: string, said: Item | Fault | undefined): Update {
    if (isFault(said)) return this.#judgeFault(taskId, said);
    if (said?.finished && !said.url) {
      const error = new LLMKitError("Runware reports a video and gives no address.", {
        code: "generation_failed",
      });
      return this.#doubt(taskId, { error, providerStatus: said.status, cost: said.cost });
    }
    this.#doubts.delete(taskId);
    if (!said) return { taskId, state: "unknown" };
    const { status, url, finished, progress, seed, cost } = said;
    const state = finished ? "succeeded" : "processing";
    return { taskId, state, providerStatus: status, progress, videoUrl: url, seed, cost };
  }

  /**
   * The state of a job by the archive's last answer to it. After a repeated submission that answer
   * is the refusal of the repetition: it proves that the job was taken and says nothing about what
   * became of it.
   */
  archived(taskId: string, stored: Envelope | undefined): Update {
    const id = taskId.toLowerCase();
    const said = stored && (stored.items.get(id) ?? stored.faults.get(id) ?? stored.loose[0]);
    if (!isFault(said)) return this.judge(taskId, said);
    if (isConflict(said)) {
      const error = new SubmissionUnknownError(
        "Runware took the job, shows it no longer, and its archive does not tell what became of " +
          `it. ${LOOK(taskId)}`,
      );
      return { taskId, state: "failed", error };
    }
    // An answer to some later question says nothing.
    return isFinal(said)
      ? { taskId, state: "failed", error: toError(said) }
      : { taskId, state: "unknown" };
  }

  #judgeFault(taskId: string, fault: Fault): Update {
    const { code, cost } = fault;
    const category = categoryOf(code);
    if (category === "missing") return { taskId, state: "unknown", providerStatus: code };
    // About the key, the account or the service: an outage may last for hours.
    if (/^(auth|permission|rate|quota|server)$/.test(category) || isConflict(fault)) {
      return { taskId, state: "processing", providerStatus: code };
    }
    const told = { error: toError(fault), providerStatus: code, cost };
    if (!isFinal(fault)) return this.#doubt(taskId, told);
    this.#doubts.delete(taskId);
    return { taskId, state: "failed", ...told };
  }

  #doubt(taskId: string, told: Omit<Update, "taskId" | "state">): Update {
    const now = performance.now();
    const { count, since } = this.#doubts.get(taskId) ?? { count: 0, since: now };
    this.#doubts.delete(taskId);
    if (count + 1 >= CERTAIN_AFTER && now - since >= CERTAIN) {
      return { taskId, state: "failed", ...told };
    }
    this.#doubts.set(taskId, { count: count + 1, since });
    return { taskId, state: "processing", providerStatus: told.providerStatus };
  }
}

/** Whether a fault, told once, tells that a job has ended without a video. */
export function isFinal(fault: Fault): boolean {
  const category = categoryOf(fault.code);
  // Only where the code names the work, and the fault a field of it: else the question may be meant.
  if (category === "timeout") return /provider|inference|generation/i.test(fault.code);
  if (category === "validation") {
    return !isConflict(fault) && fault.parameters.some((name) => !/^task(Type|UUID)$/.test(name));
  }
  return /^(safety|provider|model|expired|cancelled)$/.test(category);
}
