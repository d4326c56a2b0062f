// Which control suits a field of the chosen model.

import type { Controls } from "./state";

/** What any model could take: the bounds of a request (request.py). */
export const MOST_SECONDS = 3600;
export const MOST_PIXELS = 16384;
export const MOST_FPS = 240;
export const MOST_VIDEOS = 100;

/** As many choices as can be read at a glance; beyond that they fold into a list. */
const AT_A_GLANCE = 6;

export type DurationControl =
  | { kind: "none" }
  | { kind: "radios"; choices: number[] }
  | { kind: "select"; choices: number[] }
  | { kind: "slider"; low: number; high: number }
  | { kind: "number"; low: number; high: number };

export function durationControl(controls: Controls): DurationControl {
  if (!controls.takes_duration) return { kind: "none" };
  const choices = controls.durations;
  if (choices.length > 0) {
    return { kind: choices.length <= AT_A_GLANCE ? "radios" : "select", choices };
  }
  const range = controls.duration_range;
  if (!range) return { kind: "number", low: 1, high: MOST_SECONDS };
  const [low, high] = range;
  // A slider with one place to be is a riddle.
  return low < high ? { kind: "slider", low, high } : { kind: "radios", choices: [low] };
}

export type Size = [number, number];

/** Sizes that the model takes and that no preset has, largest last. */
export function otherSizes(controls: Controls): Size[] {
  const known = new Set(controls.presets.map(nameOf));
  return controls.sizes
    .filter(([width, height]) => !known.has(nameOf({ width, height })))
    .sort((one, two) => one[0] * one[1] - two[0] * two[1] || one[0] - two[0]);
}

/** Whether any width and height may be tried. */
export function anySize(controls: Controls): boolean {
  return controls.sizes.length === 0;
}

export function nameOf(size: { width: number; height: number }): string {
  return `${size.width}x${size.height}`;
}

/** "1280×720", as people read it. */
export function sizeInWords(width: number, height: number): string {
  return `${width}×${height}`;
}

/** "landscape" and so on, by which long lists are read. */
export function shape(width: number, height: number): string {
  if (width === height) return "square";
  return width > height ? "landscape" : "portrait";
}
