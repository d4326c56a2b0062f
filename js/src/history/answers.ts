// Sends what needs an answer of the kernel, and waits for it.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { ask, KERNEL_GONE } from "../shared/ask";
import type { Told } from "../shared/messages";
import type { Channel } from "../shared/model";

export type Deed = "save" | "forget" | "reuse";
/** Stars show by themselves; only what is in their way has to be said. */
type Answered = Deed | "rate";

export interface Answer {
  deed: Answered;
  /** "asked" until the kernel has answered. */
  state: "asked" | "done" | "refused";
  message: string;
}

let count = 0;

/** The latest deed's answer, and what begins one. */
export function useAnswers(
  model: Channel,
  task_id: string,
): [Answer | null, (deed: Deed) => void, () => void] {
  const [answer, setAnswer] = useState<Answer | null>(null);
  const asked = useRef({ id: "", deed: "save" as Deed });
  useEffect(() => {
    const hear = (message: unknown) => {
      const told = message as Told;
      const id = told.kind === "done" ? told.id : told.kind === "refused" ? told.request : null;
      const stars = told.kind === "refused" && id === task_id;
      if (id === null || !(stars || id === asked.current.id)) return;
      const { message: words } = told as { message: string };
      const state = told.kind === "done" ? "done" : "refused";
      setAnswer({ deed: stars ? "rate" : asked.current.deed, state, message: words });
    };
    model.on("msg:custom", hear);
    return () => model.off("msg:custom", hear);
  }, [model, task_id]);
  const act = useCallback(
    (deed: Deed) => {
      count += 1;
      const id = `${deed} ${task_id} ${count}`.slice(0, 100);
      asked.current = { id, deed };
      const sent =
        deed === "reuse"
          ? ask(model, { kind: "reuse", task_id, vary: false })
          : ask(model, { kind: deed, id, task_id });
      if (!sent) setAnswer({ deed, state: "refused", message: KERNEL_GONE });
      else if (deed === "reuse") setAnswer({ deed, state: "done", message: "" });
      else setAnswer({ deed, state: "asked", message: "" });
    },
    [model, task_id],
  );
  const dismiss = useCallback(() => setAnswer(null), []);
  return [answer, act, dismiss];
}
