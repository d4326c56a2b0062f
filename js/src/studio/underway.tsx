// A line beside the button while the result's place is out of sight, as it is on a small screen.

import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Card } from "../shared/card";
import { useView } from "./view";

/** Pixels of an element that have to be on the screen before it counts as seen. */
const SEEN = 48;

export function UnderWay() {
  const { desk, stage } = useView();
  const seen = useSeen(stage);
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

function useSeen(element: RefObject<Element>): boolean {
  const [seen, setSeen] = useState(true);
  useEffect(() => {
    const target = element.current;
    if (!target || typeof IntersectionObserver === "undefined") return;
    const margin = `-${SEEN}px 0px`;
    const options = { rootMargin: margin, scrollMargin: margin };
    const observer = new IntersectionObserver((entries) => {
      setSeen(entries.at(-1)?.isIntersecting ?? true);
    }, options);
    observer.observe(target);
    return () => observer.disconnect();
  }, [element]);
  return seen;
}
