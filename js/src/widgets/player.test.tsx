import { act } from "preact/test-utils";
import { expect, test } from "vitest";

import { fakeModel } from "../shared/fakeModel";
import { aVideo } from "../shared/testing";
import player, { type PlayerTraits } from "./player";

test("loop and speed are one for all views and the kernel", () => {
  const model = fakeModel<PlayerTraits>({ slot: "ab", video: aVideo(), loop: false, speed: 1 });
  const [first, second] = [document.createElement("div"), document.createElement("div")];
  document.body.append(first, second);
  const ends: (() => void)[] = [];
  act(() => {
    ends.push(player.render({ model, el: first }), player.render({ model, el: second }));
  });
  act(() => first.querySelector<HTMLElement>('[aria-label="Loop"]')?.click());
  expect(model.saved).toEqual([{ loop: true }]);
  expect(second.querySelector("video")?.loop).toBe(true);
  act(() => model.change("speed", 0.5));
  expect(first.querySelector("video")?.playbackRate).toBe(0.5);
  expect(second.querySelector<HTMLSelectElement>('[aria-label="Speed"]')?.value).toBe("0.5");
  act(() => {
    for (const end of ends) end();
  });
  expect(model.listening()).toBe(0);
});
