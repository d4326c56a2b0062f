// What a comparison and its kernel share; the Python twins are widgets/compare.py and
// widgets/cells.py, and a test compares the names.

import type { SlotTraits } from "../shared/model";

export interface Cell {
  /** By which its video and poster are asked for, and by which it is rated. */
  key: string;
  /** Its number on each axis, in the order of the axes. */
  at: number[];
  state: "pending" | "processing" | "completed" | "failed";
  /** Why there is no video; empty where there is one. */
  words: string;
  /** From 0 to 1, for the bar of one that is being made; null where nothing is known. */
  share: number | null;
  playable: boolean;
  /** Seconds. */
  duration: number | null;
  /** Pixels, of the video or as asked for. */
  width: number;
  height: number;
  /** 1 to 5 stars. */
  rating: number | null;
  /** From the library, without a charge. */
  reused: boolean;
  /** Cost and time, in a few words. */
  facts: string;
  /** Pairs of a label and a text; empty where names are hidden. */
  details: [string, string][];
}

export type AxisName = "prompt" | "model" | "seed" | "duration" | "size";

export interface Axis {
  name: AxisName;
  /** Its values in words, in the order in which they stand. */
  labels: string[];
}

export interface Board {
  number: number;
  axes: Axis[];
  cells: Cell[];
}

export interface Late {
  /** The number of the board that it belongs to. */
  of: number;
  /** Cells that have changed since, by their places among the board's. */
  cells: { [place: string]: Cell };
}

export interface CompareTraits extends SlotTraits {
  board: Board;
  late: Late;
  by_row: AxisName;
  by_column: AxisName;
  /** Whether names are hidden. */
  blind: boolean;
  loop: boolean;
}
