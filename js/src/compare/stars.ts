// The stars of all videos. They show at once; the kernel says whether they hold.

import { useCallback, useEffect, useState } from "preact/hooks";

import { ask, KERNEL_GONE } from "../shared/ask";
import type { Told } from "../shared/messages";
import type { Channel } from "../shared/model";
import type { Cell } from "./state";

export interface Stars {
  of: (cell: Cell) => number | null;
  /** Gives stars, or takes them away. */
  give: (cell: Cell, rating: number | null) => void;
  /** Why the last ones do not hold; empty where they do. */
  problem: string;
}

/** The stars of all cells: as given here, until the kernel has them or refuses them. */
export function useStars(model: Channel, cells: Cell[]): Stars {
  const [given, setGiven] = useState<ReadonlyMap<string, number | null>>(new Map());
  const [problem, setProblem] = useState("");
  const settled = cells.filter(({ key, rating }) => given.has(key) && given.get(key) === rating);
  useEffect(() => {
    if (settled.length === 0) return;
    setGiven((before) => without(before, ...settled.map(({ key }) => key)));
  });
  useEffect(() => {
    const listen = (message: unknown) => {
      const told = message as Told | null;
      const key = told?.kind === "refused" ? told.request : null;
      if (told?.kind !== "refused" || key === null) return;
      setGiven((before) => {
        // An answer to something else, such as a question for a poster.
        if (!before.has(key)) return before;
        setProblem(told.message);
        return without(before, key);
      });
    };
    model.on("msg:custom", listen);
    return () => model.off("msg:custom", listen);
  }, [model]);
  const of = (cell: Cell) => given.get(cell.key) ?? (given.has(cell.key) ? null : cell.rating);
  const give = useCallback(
    (cell: Cell, rating: number | null) => {
      const sent = ask(model, { kind: "rate", task_id: cell.key, rating });
      setProblem(sent ? "" : KERNEL_GONE);
      if (sent) setGiven((before) => new Map(before).set(cell.key, rating));
    },
    [model],
  );
  return { of, give, problem };
}

function without(before: ReadonlyMap<string, number | null>, ...keys: string[]) {
  const after = new Map(before);
  for (const key of keys) after.delete(key);
  return after;
}
