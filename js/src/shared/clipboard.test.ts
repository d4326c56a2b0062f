import { afterEach, expect, it, vi } from "vitest";

import { copyText } from "./clipboard";

function withClipboard(clipboard: unknown): void {
  Object.defineProperty(navigator, "clipboard", { value: clipboard, configurable: true });
}

function withCommand(result: () => boolean) {
  const copied: string[] = [];
  document.execCommand = () => {
    const area = document.querySelector("body > textarea") as HTMLTextAreaElement;
    // Selecting does this in browsers.
    area.focus();
    copied.push(area.value);
    return result();
  };
  return copied;
}

afterEach(() => {
  withClipboard(undefined);
  document.body.replaceChildren();
});

it("uses the browser's clipboard", async () => {
  const writeText = vi.fn().mockResolvedValue(undefined);
  withClipboard({ writeText });
  expect(await copyText("a")).toBe(true);
  expect(writeText).toHaveBeenCalledWith("a");
});

it("copies on a page without one, and leaves the page as it was", async () => {
  withClipboard(undefined);
  const copied = withCommand(() => true);
  const button = document.body.appendChild(document.createElement("button"));
  button.focus();
  expect(await copyText("b\nc")).toBe(true);
  expect(copied).toEqual(["b\nc"]);
  expect(document.querySelector("textarea")).toBeNull();
  expect(document.activeElement).toBe(button);
});

it("copies the old way where the browser refuses the new one", async () => {
  withClipboard({ writeText: () => Promise.reject(new Error("not allowed")) });
  const copied = withCommand(() => true);
  expect(await copyText("d")).toBe(true);
  expect(copied).toEqual(["d"]);
});

it("says when nothing works", async () => {
  withCommand(() => {
    throw new Error("gone");
  });
  expect(await copyText("e")).toBe(false);
  expect(document.querySelector("textarea")).toBeNull();
});
