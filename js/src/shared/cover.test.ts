import { beforeEach, expect, test } from "vitest";

import { Cover } from "./cover";

/** Lets the page's observers see what has happened. */
const observed = () => new Promise((resolve) => setTimeout(resolve));

let output: HTMLElement;

beforeEach(() => {
  document.body.innerHTML = '<div class="llmkit-covered-by-ab12"></div>';
  output = document.body.firstElementChild as HTMLElement;
});

test("what is covered is out of sight until the last view is gone", () => {
  const cover = new Cover("ab12");
  expect(output.style.display).toBe("");
  cover.begin();
  cover.begin();
  expect(output.style.display).toBe("none");
  cover.end();
  expect(output.style.display).toBe("none");
  cover.end();
  expect(output.style.display).toBe("");
  cover.begin();
  expect(output.style.display).toBe("none");
  cover.end();
});

test("what comes later is covered too, and only what belongs to the view", async () => {
  const cover = new Cover("ab12");
  cover.begin();
  const late = document.body.appendChild(output.cloneNode() as HTMLElement);
  const other = document.body.appendChild(document.createElement("div"));
  other.className = "llmkit-covered-by-cd34";
  late.style.display = "";
  await observed();
  expect([late.style.display, other.style.display]).toEqual(["none", ""]);
  cover.end();
  const later = document.body.appendChild(late.cloneNode() as HTMLElement);
  await observed();
  expect([late.style.display, later.style.display]).toEqual(["", ""]);
});
