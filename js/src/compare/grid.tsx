// The table of tiles. It scrolls by itself, with its heads in sight, so that the page does not.

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Channel } from "../shared/model";
import { watchPage } from "../shared/page";
import type { Ensemble } from "./ensemble";
import type { Stars } from "./stars";
import { type Line, measure, type Table } from "./table";
import { Tile } from "./tile";

export interface GridProps {
  model: Channel;
  table: Table;
  ratio: number;
  ensemble: Ensemble;
  engaged: boolean;
  stars: Stars;
  /** The tile that Tab leads to. */
  current: string;
  onCurrent: (key: string) => void;
}

export function Grid(props: GridProps) {
  const { table, ratio } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const width = useWidth(scroller);
  useKeptScroll(scroller);
  const { tile, beside, head } = measure(width, table.columns);
  const style = {
    "--lk-c-tile": `${tile}px`,
    "--lk-c-head": `${head}px`,
    "--lk-c-ratio": String(ratio),
  };
  return (
    <div class="lk-c-scroller" ref={scroller}>
      <table class={tile < 160 ? "lk-c-table lk-c-table--small" : "lk-c-table"} style={style}>
        <thead>
          <tr>
            <td class="lk-c-corner" />
            {table.columns.map(({ label }, column) => (
              <th key={column} scope="col" dir="auto" title={label} style={room(beside, column)}>
                <span>{label}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.lines.map((line, number) => (
            <Row key={number} line={line} beside={beside} {...props} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface RowProps extends GridProps {
  line: Line;
  /** Of each column: tiles that stand side by side. */
  beside: number[];
}

function Row({ line, beside, ...props }: RowProps) {
  const { model, ensemble, engaged, stars, current, onCurrent } = props;
  return (
    <tr>
      <th scope="row" dir="auto" title={line.label}>
        <span>{line.label}</span>
      </th>
      {line.cells.map((place, column) => (
        <td key={column}>
          <div class="lk-c-place" style={room(beside, column)}>
            {place.map((placed) => (
              <Tile
                key={placed.cell.key}
                {...{ model, placed, ensemble, engaged }}
                rating={stars.of(placed.cell)}
                current={placed.cell.key === current}
                onFocus={onCurrent}
                onRate={stars.give}
              />
            ))}
          </div>
        </td>
      ))}
    </tr>
  );
}

function room(beside: number[], column: number): Record<string, string> {
  return { "--lk-c-beside": String(beside[column] ?? 1) };
}

/** An element's width in CSS pixels, as it changes. */
function useWidth(element: RefObject<HTMLElement>): number {
  const [width, setWidth] = useState(900);
  useLayoutEffect(() => {
    const target = element.current;
    if (!target) return;
    const look = () => {
      // Out of sight it has none.
      if (target.clientWidth > 0) setWidth(target.clientWidth);
    };
    look();
    if (typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(look);
    observer.observe(target);
    return () => observer.disconnect();
  }, [element]);
  return width;
}

/** Keeps what is in view where a drawn-anew output takes the view over to another place (slots.ts),
 * for which the browser forgets how far it was scrolled. */
function useKeptScroll(element: RefObject<HTMLElement>): void {
  useEffect(() => {
    const target = element.current;
    if (!target) return;
    let [left, top] = [0, 0];
    const keep = () => {
      [left, top] = [target.scrollLeft, target.scrollTop];
    };
    target.addEventListener("scroll", keep);
    const unwatch = watchPage(() => {
      const lost = target.isConnected && target.scrollLeft === 0 && target.scrollTop === 0;
      if (lost && (left > 0 || top > 0)) target.scrollTo({ left, top, behavior: "instant" });
    });
    return () => {
      target.removeEventListener("scroll", keep);
      unwatch();
    };
  }, [element]);
}
