import { beforeEach, expect, test, vi } from "vitest";

import { keepKeys } from "./keys";

let root: HTMLElement;
let input: HTMLElement;
const notebook = vi.fn();

beforeEach(() => {
  notebook.mockReset();
  document.body.innerHTML = "<main><div><input></div></main>";
  document.querySelector("main")?.addEventListener("keydown", notebook);
  root = document.querySelector("div") as HTMLElement;
  input = document.querySelector("input") as HTMLElement;
});

function press(key: string, more: KeyboardEventInit = {}): boolean {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  return input.dispatchEvent(event);
}

test("keys stay in the widget until it lets go", () => {
  press("d");
  expect(notebook).toHaveBeenCalledOnce();
  const letGo = keepKeys(root);
  expect(root.getAttribute("data-lm-suppress-shortcuts")).toBe("true");
  press("d");
  press("Enter", { shiftKey: true });
  expect(notebook).toHaveBeenCalledOnce();
  letGo();
  press("d");
  expect(notebook).toHaveBeenCalledTimes(2);
});

test("saving is the notebook's, and not the browser's where the notebook takes it", () => {
  keepKeys(root);
  notebook.mockImplementation((event: KeyboardEvent) => {
    expect(event.key).toBe("s");
    expect(event.ctrlKey).toBe(true);
    event.preventDefault();
  });
  expect(press("s", { ctrlKey: true })).toBe(false);
  expect(notebook).toHaveBeenCalledOnce();
});

test("where no notebook takes it, saving stays the browser's", () => {
  keepKeys(root);
  expect(press("s", { metaKey: true })).toBe(true);
});
