import { expect, it, vi } from "vitest";

import { receiveFiles } from "./files";

const FILE = new File(["x"], "koi.png");

function anEvent(name: string, key: string, files: File[], types: string[]): Event {
  const event = new Event(name, { bubbles: true, cancelable: true });
  Object.defineProperty(event, key, { value: { files, types } });
  return event;
}

function receiving(wanted = true) {
  const root = document.body.appendChild(document.createElement("div"));
  const take = vi.fn();
  const dragging = vi.fn();
  const stop = receiveFiles(root, () => wanted, take, dragging);
  const outside = vi.fn();
  document.body.addEventListener("drop", outside, { once: true });
  return { root, take, dragging, stop, outside };
}

const drop = () => anEvent("drop", "dataTransfer", [FILE], ["Files"]);
const paste = (types = ["Files"]) => anEvent("paste", "clipboardData", [FILE], types);

it("takes a file that is dropped anywhere, and the browser does not", () => {
  const { root, take, dragging, outside } = receiving();
  root.dispatchEvent(anEvent("dragover", "dataTransfer", [], ["Files"]));
  expect(dragging).toHaveBeenLastCalledWith(true);
  const event = drop();
  root.dispatchEvent(event);
  expect(take).toHaveBeenCalledExactlyOnceWith(FILE);
  expect(event.defaultPrevented).toBe(true);
  expect(outside).not.toHaveBeenCalled();
  expect(dragging).toHaveBeenLastCalledWith(false);
});

it("takes a file that is pasted", () => {
  const { root, take } = receiving();
  root.dispatchEvent(paste());
  expect(take).toHaveBeenCalledExactlyOnceWith(FILE);
});

it("leaves text alone, also where it comes with a picture of itself", () => {
  const { root, take } = receiving();
  const event = paste(["text/plain", "Files"]);
  root.dispatchEvent(event);
  root.dispatchEvent(anEvent("drop", "dataTransfer", [], ["text/plain"]));
  expect(take).not.toHaveBeenCalled();
  expect(event.defaultPrevented).toBe(false);
});

it("leaves files alone that mean nothing to the model", () => {
  const { root, take } = receiving(false);
  root.dispatchEvent(drop());
  root.dispatchEvent(paste());
  expect(take).not.toHaveBeenCalled();
});

it("ends when it is told", () => {
  const { root, take, stop } = receiving();
  stop();
  root.dispatchEvent(drop());
  expect(take).not.toHaveBeenCalled();
});
