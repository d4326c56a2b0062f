import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { Card } from "./card";
import { fakeModel } from "./fakeModel";
import { JobCard } from "./JobCard";
import { aCard, aVideo, draw } from "./testing";

const model = fakeModel({});
const onCancel = vi.fn();
let root: HTMLElement;

beforeEach(() => {
  vi.useFakeTimers();
  onCancel.mockReset();
  document.body.innerHTML = "";
});

afterEach(() => {
  draw(null, root);
  vi.useRealTimers();
});

function show(change: Partial<Card>, into?: HTMLElement): void {
  root = draw(<JobCard model={model} card={aCard(change)} onCancel={onCancel} />, into);
}

const find = <E extends HTMLElement>(selector: string) => root.querySelector<E>(selector);
const cancel = () => find<HTMLButtonElement>(".lk-cancel");
const text = () => root.textContent;

test("a running job: phase, facts, prompt, model, provider, its own word", () => {
  show({ word: "pass 2" });
  for (const part of ["Generating", "pass 2", "42%", "12 s", "A garden", "Kling 2.0", "preview"]) {
    expect(text()).toContain(part);
  }
  expect(find('[role="group"]')?.getAttribute("aria-label")).toBe("Video job: A garden");
});

test("the bar tells what is known, and no number where nothing is", () => {
  show({ share: 0.427 });
  const bar = () => find('[role="progressbar"]');
  expect(bar()?.getAttribute("aria-valuenow")).toBe("43");
  show({ share: null }, root);
  expect(bar()?.hasAttribute("aria-valuenow")).toBe(false);
  expect(bar()?.className).toContain("lk-bar--unknown");
});

test("the picture's room is the same before and after the video has come", () => {
  show({ state: "waiting", width: 720, height: 1280 });
  const style = () => find(".lk-film")?.getAttribute("style");
  const before = style();
  expect(before).toContain("--lk-room: 270px");
  show(
    { state: "done", width: 720, height: 1280, video: aVideo({ width: 720, height: 1280 }) },
    root,
  );
  expect(style()).toBe(before);
  expect(find("video")).not.toBeNull();
});

test.each(["failed", "cancelled"] as const)("a job that is %s keeps no room", (state) => {
  show({ state });
  expect(find(".lk-picture")).toBeNull();
  expect(cancel()).toBeNull();
});

test("a failure is an alert; a remark is none", () => {
  show({ state: "failed", message: "No credit left." });
  expect(find('[role="alert"]')?.textContent).toBe("No credit left.");
  show({ state: "running", message: "Retrying." }, root);
  expect(find('[role="alert"]')).toBeNull();
  expect(text()).toContain("Retrying.");
});

test("phases are announced, and seconds are not", () => {
  show({ headline: "Submitting", facts: ["1 s"] });
  const status = find('[role="status"]');
  expect(status?.textContent).toBe("Submitting");
  show({ headline: "Submitting", facts: ["2 s"] }, root);
  expect(find('[role="status"]')).toBe(status);
  expect(status?.textContent).toBe("Submitting");
  // One element all along, or nothing would be announced at the end.
  show({ state: "done", headline: "Done in 3 s", video: aVideo() }, root);
  expect(find('[role="status"]')).toBe(status);
  expect(status?.textContent).toBe("Done in 3 s");
});

test("cancelling is asked once, until the kernel had time to answer", () => {
  show({});
  act(() => cancel()?.click());
  act(() => cancel()?.click());
  expect(onCancel).toHaveBeenCalledOnce();
  expect(cancel()?.disabled).toBe(true);
  show({ facts: ["13 s"] }, root);
  expect(cancel()?.disabled).toBe(true);
  act(() => void vi.advanceTimersByTime(6000));
  expect(cancel()?.disabled).toBe(false);
});

test("a job that cannot be cancelled has its button, but not to press", () => {
  show({ can_cancel: false });
  expect(cancel()?.disabled).toBe(true);
});

test("one of many is a line, until its video is there", () => {
  show({ small: true, share: 0.5 });
  expect(find(".lk-picture")).toBeNull();
  expect(find('[role="progressbar"]')).not.toBeNull();
  act(() => cancel()?.click());
  expect(onCancel).toHaveBeenCalledOnce();
  show({ small: true, state: "failed", message: "No." }, root);
  expect(find('[role="alert"]')?.textContent).toBe("No.");
  expect(find('[role="progressbar"]')).toBeNull();
  show({ small: true, state: "done", video: aVideo() }, root);
  expect(find("video")).not.toBeNull();
});

test("a finished job whose file is gone says so", () => {
  show({ state: "done", headline: "Done in 3 s", message: "The file was removed." });
  expect(text()).toContain("The file was removed.");
  expect(find("video")).toBeNull();
});

test("whatever comes from outside is text", () => {
  const evil = "<img src=x onerror=alert(1)>";
  for (const state of ["running", "failed"] as const) {
    const all = { prompt: evil, model: evil, provider: evil, message: evil, word: evil };
    show({ state, ...all, headline: evil, facts: [evil] });
    expect(find("img")).toBeNull();
    expect(text()).toContain(evil);
  }
  const video = aVideo({ prompt: evil, name: evil, mime: evil, details: [[evil, evil]] });
  show({ state: "done", video });
  expect(find("img")).toBeNull();
});
