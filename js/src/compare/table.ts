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

export interface Column {
  label: string;
  /** How many videos its fullest place holds. */
  most: number;
}

export interface Table {
  columns: Column[];
  lines: Line[];
}

/** Axes that are told beside a video whenever its place does not tell them. */
const ALWAYS: AxisName[] = ["prompt", "model"];

/** All cells as they stand now. */
export function currentCells(board: Board, late: Late): Cell[] {
  // A change to a board that is not the one that is shown comes a moment early or late.
  if (late.of !== board.number) return board.cells;
  return board.cells.map((cell, place) => late.cells[place] ?? cell);
}

export function tableOf(axes: Axis[], cells: Cell[], byRow: AxisName, byColumn: AxisName): Table {
  const down = axisIndex(axes, byRow);
  const across = axisIndex(axes, byColumn);
  const labels = axes[across]?.labels ?? [];
  const sorted = (axes[down]?.labels ?? []).map((label) => ({
    label,
    cells: labels.map((): Cell[] => []),
  }));
  for (const cell of cells) sorted[cell.at[down] ?? -1]?.cells[cell.at[across] ?? -1]?.push(cell);
  const others = axes.filter((axis) => axis.name !== byRow && axis.name !== byColumn);
  const lines = sorted
    .filter((line) => line.cells.some((place) => place.length > 0))
    .map((line) => ({
      label: line.label,
      cells: line.cells.map((place, column) => {
        const telling = others.filter((axis) => tells(axes, axis, place));
        return place.map((cell) => {
          const apart = telling.map((axis) => labelOf(axes, axis, cell)).join(", ");
          const where = [line.label, labels[column], apart].filter(Boolean).join(", ");
          return { cell, apart, where };
        });
      }),
    }));
  const columns = labels.map((label, column) => ({
    label,
    most: Math.max(0, ...lines.map((line) => line.cells[column]?.length ?? 0)),
  }));
  return { columns, lines };
}

/** Whether an axis is worth its words in a place: where these videos differ, or any may. */
function tells(axes: Axis[], axis: Axis, place: Cell[]): boolean {
  const index = axes.indexOf(axis);
  const here = new Set(place.map((cell) => cell.at[index]));
  return here.size > 1 || (ALWAYS.includes(axis.name) && axis.labels.length > 1);
}

function labelOf(axes: Axis[], axis: Axis, cell: Cell): string {
  return axis.labels[cell.at[axes.indexOf(axis)] ?? -1] ?? "";
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
const LEAST = 148;
const LEAST_BESIDE = 104;
const GAP = 8;
const PADDING = 12;

export interface Measure {
  /** CSS pixels of a tile. */
  tile: number;
  /** Of each column: tiles of one place that stand side by side. */
  beside: number[];
  /** CSS pixels of the column with the lines' labels. */
  head: number;
}

/** How large the tiles are: as many as possible in view, but none too small to be looked at. */
export function measure(width: number, columns: Column[]): Measure {
  const fullest = Math.max(1, ...columns.map(({ most }) => most));
  const limit = fullest === 1 ? 1 : fullest <= 4 ? 2 : 3;
  const beside = columns.map(({ most }) => Math.min(Math.max(most, 1), limit));
  const head = width >= 900 ? 140 : 110;
  const across = Math.max(
    1,
    beside.reduce((sum, each) => sum + each, 0),
  );
  const least = limit === 1 ? LEAST : LEAST_BESIDE;
  const gaps = columns.length * PADDING + (across - columns.length) * GAP;
  const tile = Math.floor((width - head - gaps) / across);
  return { tile: Math.min(Math.max(tile, least), MOST_WIDE), beside, head };
}

function axisIndex(axes: Axis[], name: AxisName): number {
  return axes.findIndex((axis) => axis.name === name);
}

function nameOf(axis: Axis): AxisName {
  return axis.name;
}
