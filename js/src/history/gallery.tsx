// The tiles of a page, with the one that is open below its row.

import { Fragment } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { ask } from "../shared/ask";
import { useTrait } from "../shared/useTrait";
import type { ViewProps } from "../shared/widget";
import { Bar } from "./bar";
import { isFiltered, isSame, NO_FILTERS, write, written } from "./filters";
import { Panel } from "./opened";
import { Pages } from "./pages";
import type { Found, HistoryModel, HistoryTraits } from "./state";
import { TileButton } from "./tile";

const WRITTEN = ["text", "model", "status", "rating", "since", "until", "page"] as const;

export function Gallery({ model }: ViewProps<HistoryTraits>) {
  const found = useTrait(model, "found");
  useFilters(model);
  const values = written(model);
  const stale = !isSame(values, found.of);
  const [open, setOpen] = useOpen(model);
  const root = useRef<HTMLDivElement>(null);
  const close = () => {
    const tile = root.current?.querySelector<HTMLElement>(`[data-task="${CSS.escape(open)}"]`);
    setOpen("");
    tile?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape, from whatever is inside
    <div
      ref={root}
      class="lk-h-history"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open || isOwn(event.target)) return;
        event.preventDefault();
        close();
      }}
    >
      <Bar model={model} found={found} onRefresh={() => ask(model, { kind: "refresh" })} />
      <Count found={found} filtered={isFiltered(values)} />
      {found.tiles.length === 0 ? (
        <Empty model={model} found={found} filtered={isFiltered(found.of)} />
      ) : (
        <ul class={stale ? "lk-h-tiles lk-h-stale" : "lk-h-tiles"} aria-busy={stale}>
          {found.tiles.map((tile) => (
            <Fragment key={tile.task_id}>
              <li>
                <TileButton
                  model={model}
                  tile={tile}
                  open={tile.task_id === open}
                  onOpen={() => setOpen(tile.task_id === open ? "" : tile.task_id)}
                />
              </li>
              {tile.task_id === open && (
                <li class="lk-h-place">
                  <Opened model={model} found={found} open={open} onClose={close} />
                </li>
              )}
            </Fragment>
          ))}
        </ul>
      )}
      <Pages found={found} onPage={(page) => write(model, { page })} />
    </div>
  );
}

/** A field's own Escape empties it, or closes its list. */
function isOwn(target: EventTarget | null): boolean {
  const field = target as HTMLInputElement;
  return field.localName === "select" || (field.localName === "input" && field.value !== "");
}

function useFilters(model: HistoryModel): void {
  const [, redraw] = useState({});
  useEffect(() => {
    const changed = () => redraw({});
    for (const name of WRITTEN) model.on(`change:${name}`, changed);
    return () => {
      for (const name of WRITTEN) model.off(`change:${name}`, changed);
    };
  }, [model]);
}

/** The job that is open: at once where it is clicked on, and in all views when the kernel has it. */
function useOpen(model: HistoryModel): [string, (task_id: string) => void] {
  const opened = useTrait(model, "opened");
  const [open, setOpen] = useState(opened.task_id);
  useEffect(() => setOpen(opened.task_id), [opened.task_id]);
  const show = (task_id: string) => {
    setOpen(task_id);
    ask(model, { kind: "show", task_id });
  };
  return [open, show];
}

interface OpenedProps {
  model: HistoryModel;
  found: Found;
  open: string;
  onClose: () => void;
}

function Opened({ model, found, open, onClose }: OpenedProps) {
  const opened = useTrait(model, "opened");
  const tile = found.tiles.find((each) => each.task_id === open);
  return tile ? <Panel key={open} {...{ model, tile, opened, onClose }} /> : null;
}

function Count({ found, filtered }: { found: Found; filtered: boolean }) {
  const { total, tiles, problem } = found;
  const one = total === 1;
  const many = one ? "1 job" : `${total.toLocaleString("en")} jobs`;
  // Nothing is said twice where there is nothing to see.
  return (
    <p class={tiles.length === 0 ? "lk-heard" : "lk-h-count"} role="status">
      {problem ? "" : filtered ? `${many} ${one ? "matches" : "match"}` : many}
    </p>
  );
}

interface EmptyProps {
  model: HistoryModel;
  found: Found;
  filtered: boolean;
}

function Empty({ model, found, filtered }: EmptyProps) {
  if (found.problem) {
    return (
      <div class="lk-h-empty" role="alert">
        <p dir="auto">{found.problem}</p>
      </div>
    );
  }
  if (filtered) {
    return (
      <div class="lk-h-empty">
        <p>Nothing matches.</p>
        <button type="button" class="lk-button" onClick={() => write(model, NO_FILTERS)}>
          Clear the filters
        </button>
      </div>
    );
  }
  return (
    <div class="lk-h-empty">
      <p>No jobs yet. Make a video:</p>
      <code>%video a lighthouse in a storm</code>
    </div>
  );
}
