// Which cells stand where: pure functions over what the kernel tells.

import type { Axis, AxisName, Board, Cell, Late } from "./state";

export interface Placed {
  cell: Cell;
  /** What tells it from others in its place, in a few words. */
  apart: string;
  /** The whole of where it stands, for those who hear it. */
  where: string;
}

export interface Line {
  label: string;
  /** One for each column. */
  cells: Placed[][];
}

export interface Table {
  columns: string[];
  lines: Line[];
  /** How many videos the fullest place holds. */
  together: number;
}

/** All cells as they stand now. */
export function currentCells(board: Board, late: Late): Cell[] {
  // A change to a board that is not the one that is shown comes a moment early or late.
  if (late.of !== board.number) return board.cells;
  return board.cells.map((cell, place) => late.cells[place] ?? cell);
}

export function tableOf(axes: Axis[], cells: Cell[], byRow: AxisName, byColumn: AxisName): Table {
  const down = axisIndex(axes, byRow);
  const across = axisIndex(axes, byColumn);
  const columns = axes[across]?.labels ?? [];
  const lines: Line[] = (axes[down]?.labels ?? []).map((label) => ({
    label,
    cells: columns.map(() => []),
  }));
  const telling = axes
    .map((axis, index) => ({ axis, index }))
    .filter(({ axis, index }) => axis.labels.length > 1 && index !== down && index !== across);
  for (const cell of cells) {
    const line = lines[cell.at[down] ?? -1];
    const place = line?.cells[cell.at[across] ?? -1];
    if (!line || !place) continue;
    const apart = telling.map(({ axis, index }) => axis.labels[cell.at[index] ?? -1] ?? "");
    const column = columns[cell.at[across] ?? -1] ?? "";
    const where = [line.label, column, ...apart].join(", ");
    place.push({ cell, apart: apart.join(", "), where });
  }
  const filled = lines.filter((line) => line.cells.some((place) => place.length > 0));
  const together = Math.max(0, ...filled.flatMap((line) => line.cells.map((each) => each.length)));
  return { columns, lines: filled, together };
}

/** The axes that are worth a choice: the usual three, and those on which videos differ. */
export function choices(axes: Axis[], ...chosen: AxisName[]): AxisName[] {
  const usual: AxisName[] = ["prompt", "model", "seed", ...chosen];
  return axes.filter((axis) => usual.includes(axis.name) || axis.labels.length > 1).map(nameOf);
}

/** Width by height of most videos: every tile has this shape. */
export function commonRatio(cells: Cell[]): number {
  const counts = new Map<string, [number, number]>();
  for (const { width, height } of cells) {
    if (!(width > 0 && height > 0)) continue;
    const ratio = Math.min(Math.max(width / height, 0.4), 2.5);
    const key = ratio.toFixed(2);
    counts.set(key, [ratio, (counts.get(key)?.[1] ?? 0) + 1]);
  }
  const [first] = [...counts.values()].sort((a, b) => b[1] - a[1]);
  return first?.[0] ?? 16 / 9;
}

/** Seconds of the longest clip. */
export function longest(cells: Cell[]): number {
  return Math.max(0, ...cells.map((cell) => cell.duration ?? 0));
}

/** The tile that an arrow key leads to; the same one where there is none. */
export function neighbour(table: Table, key: string, arrow: string): string {
  const flat = table.lines.map((line) => line.cells);
  for (const [row, line] of flat.entries()) {
    for (const [column, place] of line.entries()) {
      const index = place.findIndex(({ cell }) => cell.key === key);
      if (index < 0) continue;
      if (arrow === "ArrowLeft" || arrow === "ArrowRight") {
        const all = line.flat();
        const at = all.findIndex(({ cell }) => cell.key === key);
        return all[at + (arrow === "ArrowLeft" ? -1 : 1)]?.cell.key ?? key;
      }
      const step = arrow === "ArrowUp" ? -1 : 1;
      for (let next = row + step; flat[next]; next += step) {
        const there = flat[next]?.[column] ?? [];
        const target = there[Math.min(index, there.length - 1)];
        if (target) return target.cell.key;
      }
      return key;
    }
  }
  return key;
}

const MOST_WIDE = 300;
const GAP = 8;
const PADDING = 12;

export interface Measure {
  /** CSS pixels of a tile. */
  tile: number;
  /** Tiles of one place that stand side by side. */
  beside: number;
  /** CSS pixels of the column with the lines' labels. */
  head: number;
}

/** How large the tiles are: as many as possible in view, but none too small to be looked at. */
export function measure(width: number, columns: number, together: number): Measure {
  const beside = together <= 1 ? 1 : together <= 4 ? 2 : 3;
  const head = width >= 720 ? 136 : 100;
  const least = beside === 1 ? 148 : 116;
  const room = (width - head) / Math.max(columns, 1) - PADDING - (beside - 1) * GAP;
  const tile = Math.floor(room / beside);
  return { tile: Math.min(Math.max(tile, least), MOST_WIDE), beside, head };
}

function axisIndex(axes: Axis[], name: AxisName): number {
  return axes.findIndex((axis) => axis.name === name);
}

function nameOf(axis: Axis): AxisName {
  return axis.name;
}
