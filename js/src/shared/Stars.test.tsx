import { render } from "preact";
import { act } from "preact/test-utils";
import { expect, test } from "vitest";

import { Rating, Stars } from "./Stars";

function drawn(view: preact.ComponentChild): HTMLElement {
  const root = document.createElement("div");
  act(() => render(view, root));
  return root;
}

test("stars to see are hidden from those who hear them in words", () => {
  const root = drawn(<Stars rating={4} />);
  expect(root.querySelectorAll(".lk-star")).toHaveLength(5);
  expect(root.querySelectorAll(".lk-star--on")).toHaveLength(4);
  expect(root.querySelector("[aria-hidden=true]")?.contains(root.querySelector("svg"))).toBe(true);
});

test("each star has a name, and the one that is there takes the rating away", () => {
  const given: (number | null)[] = [];
  const root = drawn(<Rating rating={2} onRate={(rating) => given.push(rating)} />);
  const buttons = [...root.querySelectorAll("button")];
  const names = buttons.map((button) => button.getAttribute("aria-label"));
  expect(names).toEqual(["1 star", "2 stars: take away", "3 stars", "4 stars", "5 stars"]);
  const pressed = buttons.map((button) => button.getAttribute("aria-pressed"));
  expect(pressed).toEqual(["false", "true", "false", "false", "false"]);
  buttons[4]?.click();
  buttons[1]?.click();
  expect(given).toEqual([5, null]);
});

test("Tab leads to them only where it shall", () => {
  const root = drawn(<Rating rating={null} reachable={false} onRate={() => {}} />);
  expect(root.querySelectorAll('[tabindex="-1"]')).toHaveLength(5);
});
