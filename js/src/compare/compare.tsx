// The whole comparison: controls for all videos, the table, and a card for the one that is meant.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { useTrait, useWritable } from "../shared/useTrait";
import type { ViewProps } from "../shared/widget";
import { Ensemble } from "./ensemble";
import { Grid } from "./grid";
import { HoverCard } from "./hover";
import { type Stars, useStars } from "./stars";
import type { AxisName, Cell, CompareTraits } from "./state";
import { choices, commonRatio, currentCells, longest, neighbour, tableOf } from "./table";
import { Toolbar } from "./toolbar";

export function Compare({ model }: ViewProps<CompareTraits>) {
  const root = useRef<HTMLDivElement>(null);
  const board = useTrait(model, "board");
  const late = useTrait(model, "late");
  const byRow = useTrait(model, "by_row");
  const byColumn = useTrait(model, "by_column");
  const [blind, setBlind] = useWritable(model, "blind");
  const [loop, setLoop] = useWritable(model, "loop");

  const cells = useMemo(() => currentCells(board, late), [board, late]);
  const table = useMemo(
    () => tableOf(board.axes, cells, byRow, byColumn),
    [board, cells, byRow, byColumn],
  );
  const { ensemble, engaged } = useNewEnsemble(loop, longest(cells));
  const stars = useStars(model, cells);
  const [focused, setFocused] = useState("");
  const first = table.lines[0]?.cells.flat()[0]?.cell.key ?? "";
  const current = cells.some(({ key }) => key === focused) ? focused : first;

  const setAxes = (row: AxisName, column: AxisName) => {
    model.set("by_row", row);
    model.set("by_column", column);
    model.save_changes();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const key = targetKey(event);
    const cell = cells.find((each) => each.key === key);
    if (!onKey(event, ensemble, stars, cell)) {
      if (!cell || !event.key.startsWith("Arrow")) return;
      focusTile(root.current, neighbour(table, cell.key, event.key));
    }
    event.preventDefault();
  };
  if (cells.length === 0) return <p class="lk-c-empty">No videos to compare.</p>;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div ref={root} class="lk-c" role="group" aria-label="Comparison" onKeyDown={onKeyDown}>
      <Toolbar
        {...{ ensemble, loop, blind, byRow, byColumn }}
        choices={choices(board.axes, byRow, byColumn)}
        onLoop={setLoop}
        onBlind={setBlind}
        onAxes={setAxes}
      />
      <p class={stars.problem ? "lk-c-refused" : "lk-heard"} role="status" dir="auto">
        {stars.problem || (blind ? "Names are hidden" : "")}
      </p>
      <Grid
        {...{ model, table, ensemble, engaged, stars, current }}
        ratio={commonRatio(cells)}
        onCurrent={setFocused}
      />
      <HoverCard root={root} cells={cells} />
    </div>
  );
}

/** One that plays all videos of this view, for as long as there is the view. */
function useNewEnsemble(loop: boolean, length: number): { ensemble: Ensemble; engaged: boolean } {
  const [ensemble] = useState(() => new Ensemble());
  const [engaged, setEngaged] = useState(false);
  useEffect(() => {
    const stop = ensemble.listen(() => setEngaged(ensemble.engaged));
    return () => {
      stop();
      ensemble.end();
    };
  }, [ensemble]);
  useEffect(() => {
    ensemble.loop = loop;
    ensemble.setLength(length);
  }, [ensemble, loop, length]);
  return { ensemble, engaged };
}

/** Returns whether the key was for all videos or for a tile's stars. */
function onKey(event: KeyboardEvent, ensemble: Ensemble, stars: Stars, cell?: Cell): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const on = (event.target as HTMLElement).localName;
  if (on === "select") return false;
  if (cell?.state === "completed" && /^[0-5]$/.test(event.key)) {
    const [wanted, there] = [Number(event.key) || null, stars.of(cell)];
    // 0 takes away what there is, and so does the same again.
    if (wanted || there) stars.give(cell, wanted === there ? null : wanted);
    return true;
  }
  switch (event.key) {
    case " ":
      if (on === "button") return false;
      ensemble.toggle();
      return true;
    case ",":
      ensemble.step(-1);
      return true;
    case ".":
      ensemble.step(1);
      return true;
    default:
      return false;
  }
}

/** The tile that has the focus itself. */
function targetKey(event: KeyboardEvent): string | undefined {
  return (event.target as HTMLElement).dataset.key;
}

function focusTile(root: HTMLElement | null, key: string): void {
  const tiles = root?.querySelectorAll<HTMLElement>("[data-key]") ?? [];
  for (const tile of tiles) if (tile.dataset.key === key) tile.focus();
}
