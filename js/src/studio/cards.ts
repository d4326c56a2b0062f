// The studio's jobs: which one is on the stage, and the order of the rest.

import type { Card } from "../shared/card";

/** Every job once, newest first as far as anybody knows. */
export function allCards(batch: Card[], earlier: Card[]): Card[] {
  const seen = new Set<string>();
  return [...batch, ...earlier].filter(({ task_id }) => {
    const news = !seen.has(task_id);
    seen.add(task_id);
    return news;
  });
}

/** The card on the stage: the one that was asked for, else the newest. */
export function cardOnStage(batch: Card[], earlier: Card[], shown: string): Card | undefined {
  const cards = allCards(batch, earlier);
  return cards.find((card) => card.task_id === shown) ?? cards[0];
}
