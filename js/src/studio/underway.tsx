// A line beside the button while the result's place is out of sight, as it is on a small screen.

import type { Card } from "../shared/card";
import { useNear } from "../shared/useNear";
import { useView } from "./view";

/** So much of the stage has to be on the screen before it counts as seen. */
const INSIDE = "-48px";

export function UnderWay() {
  const { desk, stage } = useView();
  const seen = useNear(stage, INSIDE, true);
  const batch = desk.get("batch");
  if (seen || batch.length === 0) return null;
  return (
    <p class="lk-s-help lk-s-underway">
      {inShort(batch)}
      <button
        type="button"
        class="lk-s-link"
        onClick={() => stage.current?.scrollIntoView({ block: "nearest" })}
      >
        Show
      </button>
    </p>
  );
}

function inShort(batch: Card[]): string {
  const [card] = batch;
  if (card && batch.length === 1) return [card.headline, ...card.facts].join(" · ");
  const ended = batch.filter(({ state }) => state !== "waiting" && state !== "running");
  return `${ended.length} of ${batch.length} videos have ended`;
}
