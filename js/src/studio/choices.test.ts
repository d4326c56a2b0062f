import { describe, expect, it } from "vitest";

import { anySize, durationControl, otherSizes, shape } from "./choices";
import { someControls } from "./testing";

const preset = (width: number, height: number) => ({
  width,
  height,
  title: "",
  use: "",
  speed: "fast",
  quality: "good",
  file: "small",
});

describe("the control for durations", () => {
  it.each([
    [{ takes_duration: false }, { kind: "none" }],
    [{ durations: [5, 10] }, { kind: "radios", choices: [5, 10] }],
    [{ durations: [1, 2, 3, 4, 5, 6, 7] }, { kind: "select", choices: [1, 2, 3, 4, 5, 6, 7] }],
    [{ duration_range: [2, 30] }, { kind: "slider", low: 2, high: 30 }],
    [{ duration_range: [8, 8] }, { kind: "radios", choices: [8] }],
    [{ duration_range: null }, { kind: "number", low: 1, high: 3600 }],
  ] as const)("suits %j", (change, control) => {
    const controls = someControls(JSON.parse(JSON.stringify(change)));
    expect(durationControl(controls)).toEqual(control);
  });
});

it("offers the sizes that no preset has, from small to large", () => {
  const controls = someControls({
    presets: [preset(1280, 720)],
    sizes: [
      [1920, 1080],
      [1280, 720],
      [720, 1280],
      [960, 960],
    ],
  });
  expect(otherSizes(controls)).toEqual([
    [720, 1280],
    [960, 960],
    [1920, 1080],
  ]);
  expect(anySize(controls)).toBe(false);
  expect(anySize(someControls())).toBe(true);
});

it("names shapes", () => {
  expect([shape(2, 1), shape(1, 2), shape(1, 1)]).toEqual(["landscape", "portrait", "square"]);
});
