import { expect, test } from "vitest";

import type { Axis, Cell } from "./state";
import { choices, commonRatio, currentCells, longest, measure, neighbour, tableOf } from "./table";
import { aCell, axesOf } from "./testing";

const axes = axesOf(["A garden", "A city"], ["Kling", "Hailuo"], ["Seed 1", "Seed 2"]);
const all = (names: string[]): Cell[] =>
  names.map((key) => aCell({ key, at: [...key].map(Number).concat(0, 0) }));

test("each video stands in its row and column, several of them in their order", () => {
  const table = tableOf(axes, all(["000", "001", "010", "100"]), "prompt", "model");
  expect(table.columns).toEqual([
    { label: "Kling", most: 2 },
    { label: "Hailuo", most: 1 },
  ]);
  const keys = table.lines.map((line) => line.cells.map((place) => place.map((p) => p.cell.key)));
  expect(keys).toEqual([
    [["000", "001"], ["010"]],
    [["100"], []],
  ]);
});

test("what tells videos apart is said where their place does not, and all of it is heard", () => {
  const table = tableOf(axes, all(["000", "001", "010"]), "prompt", "model");
  const [first, second] = table.lines[0]?.cells ?? [];
  expect(first?.map(({ apart }) => apart)).toEqual(["Seed 1", "Seed 2"]);
  expect(second?.map(({ apart }) => apart)).toEqual([""]);
  expect(first?.[1]?.where).toBe("A garden, Kling, Seed 2");
  // A prompt and a model are always worth their words.
  const bySeed = tableOf(axes, all(["000", "011"]), "seed", "prompt");
  expect(bySeed.lines.map((line) => line.cells[0]?.[0]?.apart)).toEqual(["Kling", "Hailuo"]);
});

test("lines without a video are left out, and a place that there is not is no error", () => {
  const table = tableOf(axes, all(["000"]), "prompt", "model");
  expect(table.lines.map(({ label }) => label)).toEqual(["A garden"]);
  expect(tableOf(axes, [aCell({ at: [9, 9, 9, 9, 9] })], "prompt", "model").lines).toEqual([]);
});

test("late changes belong to their board alone", () => {
  const [one, two] = all(["000", "001"]) as [Cell, Cell];
  const board = { number: 7, axes, cells: [one, two] };
  const changed = { ...two, rating: 4 };
  expect(currentCells(board, { of: 7, cells: { 1: changed } })).toEqual([one, changed]);
  expect(currentCells(board, { of: 6, cells: { 1: changed } })).toEqual([one, two]);
});

test("the usual axes can be chosen, and those on which videos differ", () => {
  const more: Axis[] = [...axes.slice(0, 4), { name: "size", labels: ["a", "b"] }];
  expect(choices(axes, "prompt", "model")).toEqual(["prompt", "model", "seed"]);
  expect(choices(more, "prompt", "model")).toEqual(["prompt", "model", "seed", "size"]);
  expect(choices(axes, "duration", "model")).toContain("duration");
});

test("tiles have the shape of most videos, and the longest counts", () => {
  const cells = [
    aCell({ width: 90, height: 160, duration: 2 }),
    aCell({ width: 1280, height: 720, duration: 5.5 }),
    aCell({ width: 640, height: 360, duration: null }),
  ];
  expect(commonRatio(cells)).toBeCloseTo(16 / 9);
  expect(commonRatio([])).toBeCloseTo(16 / 9);
  expect(commonRatio([aCell({ width: 1, height: 9999 })])).toBe(0.4);
  expect(longest(cells)).toBe(5.5);
  expect(longest([])).toBe(0);
});

test("three columns of two fit into a narrow notebook, six of one scroll, none is tiny", () => {
  const columns = (count: number, most: number) => Array(count).fill({ label: "", most });
  const three = measure(826, columns(3, 2));
  expect(three.beside).toEqual([2, 2, 2]);
  expect(three.head + 3 * (2 * three.tile + 8 + 12)).toBeLessThanOrEqual(826);
  expect(measure(900, columns(3, 1)).tile).toBeGreaterThan(220);
  expect(measure(900, columns(6, 1)).tile).toBe(148);
  expect(measure(900, columns(1, 1)).tile).toBe(300);
  expect(measure(900, columns(2, 9)).beside).toEqual([3, 3]);
});

test("arrow keys go along the row and to the same place above and below", () => {
  const table = tableOf(axes, all(["000", "001", "010", "100", "110", "111"]), "prompt", "model");
  expect(neighbour(table, "001", "ArrowRight")).toBe("010");
  expect(neighbour(table, "010", "ArrowLeft")).toBe("001");
  expect(neighbour(table, "000", "ArrowLeft")).toBe("000");
  expect(neighbour(table, "001", "ArrowDown")).toBe("100");
  expect(neighbour(table, "111", "ArrowUp")).toBe("010");
  expect(neighbour(table, "111", "ArrowDown")).toBe("111");
  expect(neighbour(table, "nobody", "ArrowDown")).toBe("nobody");
});
