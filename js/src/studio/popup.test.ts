import { afterEach, expect, it, vi } from "vitest";

import { place } from "./popup";

afterEach(() => {
  vi.unstubAllGlobals();
});

function aPopup(top: number) {
  const popup = document.body.appendChild(document.createElement("div"));
  const line = document.body.appendChild(document.createElement("input"));
  const rect = { left: 10, top, bottom: top + 30, width: 200 };
  line.getBoundingClientRect = () => rect as DOMRect;
  popup.showPopover = vi.fn();
  popup.hidePopover = vi.fn();
  vi.stubGlobal("innerHeight", 600);
  return { popup, line, rect };
}

it("stands beneath its line, and follows it", () => {
  const { popup, line, rect } = aPopup(100);
  const stop = place(popup, line);
  expect(popup.showPopover).toHaveBeenCalledOnce();
  expect(popup.style).toMatchObject({ left: "10px", top: "132px", width: "200px" });
  rect.bottom = 90;
  document.body.dispatchEvent(new Event("scroll"));
  expect(popup.style.top).toBe("92px");
  stop();
  expect(popup.hidePopover).toHaveBeenCalledOnce();
  rect.bottom = 50;
  document.body.dispatchEvent(new Event("scroll"));
  expect(popup.style.top).toBe("92px");
});

it("stands above where there is no room beneath", () => {
  const { popup, line } = aPopup(550);
  place(popup, line)();
  expect(popup.style).toMatchObject({ top: "auto", bottom: "52px" });
});

it("leaves its place to the style sheet in browsers without a top layer", () => {
  const { popup, line } = aPopup(100);
  Object.defineProperty(popup, "showPopover", { value: undefined });
  place(popup, line)();
  expect(popup.style.left).toBe("");
});
