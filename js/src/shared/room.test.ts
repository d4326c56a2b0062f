import { expect, test } from "vitest";

import { roomStyle, roomWidth } from "./room";

// The numbers that _player_width in notebook/display.py gives.
test.each([
  [1280, 720, 640],
  [1920, 1080, 640],
  [720, 1280, 270],
  [1024, 1024, 480],
  [320, 240, 320],
  [160, 90, 320],
  [64, 64, 320],
  [10, 4000, 1],
])("a picture of %d × %d is %d wide", (width, height, wide) => {
  expect(roomWidth(width, height)).toBe(wide);
});

test("room is kept also where no size is known", () => {
  expect(roomStyle(0, 0)).toEqual({ "--lk-room": "640px", "--lk-ratio": "16 / 9" });
});
