import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { type FakeModel, fakeModel } from "../shared/fakeModel";
import { answer, settle } from "../shared/testing";
import compare from "../widgets/compare";
import type { Cell, CompareTraits } from "./state";
import { aCell, axesOf } from "./testing";

let model: FakeModel<CompareTraits>;
let el: HTMLElement;
let end = () => {};
let seen: Set<Element>;
let look: () => void;

const axes = axesOf(["A garden", "A city"], ["Kling", "Hailuo"]);

beforeEach(() => {
  vi.useFakeTimers();
  delete (globalThis as Record<symbol, unknown>)[Symbol.for("llmkit-jupyter.videos")];
  vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:1");
  vi.spyOn(URL, "revokeObjectURL").mockReturnValue();
  seen = new Set();
  const observers: (() => void)[] = [];
  look = () => act(() => observers.forEach((tell) => void tell()));
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      constructor(private readonly told: (entries: { isIntersecting: boolean }[]) => void) {}
      observe(target: Element) {
        observers.push(() => this.told([{ isIntersecting: seen.has(target) }]));
      }
      disconnect() {}
    },
  );
  document.body.innerHTML = "";
  el = document.body.appendChild(document.createElement("div"));
});

afterEach(() => {
  act(() => end());
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function show(cells: Cell[], change: Partial<CompareTraits> = {}): void {
  model = fakeModel<CompareTraits>({
    slot: "ab",
    board: { number: 1, axes, cells },
    late: { of: 1, cells: {} },
    by_row: "prompt",
    by_column: "model",
    blind: false,
    loop: true,
    ...change,
  });
  act(() => {
    end = compare.render({ model, el });
  });
}

const four = () =>
  [0, 1, 2, 3].map((n) => aCell({ key: `k${n}`, at: [n >> 1, n % 2, 0, 0, 0], duration: 2 + n }));
const pass = (milliseconds: number) => act(() => void vi.advanceTimersByTime(milliseconds));
const tile = (key: string) => el.querySelector<HTMLElement>(`[data-key="${key}"]`) as HTMLElement;
const named = (name: string) => el.querySelector<HTMLElement>(`[aria-label="${name}"]`);
const lit = (key: string) => tile(key).querySelectorAll(".lk-star--on").length;

function press(on: Element, key: string): Event {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
  act(() => void on.dispatchEvent(event));
  return event;
}

/** Brings tiles into view, and their posters. */
function bring(...keys: string[]): void {
  seen = new Set(keys.map(tile));
  look();
  pass(300);
}

test("rows and columns have heads, tiles have names, and axes that are chosen change places", () => {
  show(four());
  const heads = [...el.querySelectorAll("thead th")].map((head) => head.textContent);
  expect(heads).toEqual(["Kling", "Hailuo"]);
  expect(tile("k1").getAttribute("aria-label")).toBe("A garden, Hailuo. $0.35 · in 41 s");
  const rows = el.querySelector("select") as HTMLSelectElement;
  act(() => {
    rows.value = "model";
    rows.dispatchEvent(new Event("change", { bubbles: true }));
  });
  expect(model.saved).toEqual([{ by_row: "model", by_column: "prompt" }]);
  expect(el.querySelector("thead th")?.textContent).toBe("A garden");
});

test("only what is in view asks for a picture, and only what is wanted for a video", () => {
  show(four());
  pass(1000);
  expect(model.sent).toEqual([]);
  bring("k0", "k1");
  expect(model.sentOf("fetch").map(({ task_id, part }) => `${task_id} ${part}`)).toEqual([
    "k0 poster",
    "k1 poster",
  ]);
  expect(el.querySelectorAll("video")).toHaveLength(0);
  act(() => named("Play all")?.click());
  expect(el.querySelectorAll("video")).toHaveLength(2);
  bring("k2");
  expect(el.querySelectorAll("video")).toHaveLength(1);
  expect(tile("k2").querySelector("video")).not.toBeNull();
});

test("a video that leaves the view gives its decoder back", async () => {
  show(four());
  bring("k0");
  act(() => answer(model, [1]));
  act(() => named("Play all")?.click());
  pass(300);
  await settle(() => answer(model, [1]));
  const video = tile("k0").querySelector("video") as HTMLVideoElement;
  expect(video.hasAttribute("src")).toBe(true);
  bring();
  expect(video.hasAttribute("src")).toBe(false);
  expect(tile("k0").querySelector("img")).not.toBeNull();
});

test("states without a video say what they are", () => {
  const [a, b, c] = four() as [Cell, Cell, Cell];
  const not = { playable: false, duration: null };
  show([
    { ...a, ...not, state: "pending", words: "Not submitted" },
    { ...b, ...not, state: "failed", words: "Failed: No cats" },
    { ...c, ...not, state: "processing", words: "Generating · 42%", share: 0.42 },
  ]);
  bring("k0", "k1", "k2");
  expect(model.sent).toEqual([]);
  expect(tile("k1").textContent).toBe("Failed: No cats$0.35 · in 41 s");
  expect(tile("k2").querySelector(".lk-bar")).not.toBeNull();
  expect(el.querySelectorAll(".lk-star")).toHaveLength(0);
  expect((named("Play all") as HTMLButtonElement).disabled).toBe(true);
});

test("a click gives stars at once, the same again takes them away, and the kernel's word counts", () => {
  show(four());
  act(() => tile("k1").querySelectorAll<HTMLElement>(".lk-rating button")[3]?.click());
  expect(model.sentOf("rate")).toEqual([{ kind: "rate", task_id: "k1", rating: 4 }]);
  expect(lit("k1")).toBe(4);
  const rated = { ...(four()[1] as Cell), rating: 4 };
  act(() => model.change("late", { of: 1, cells: { 1: rated } }));
  expect(lit("k1")).toBe(4);
  act(() => tile("k1").querySelectorAll<HTMLElement>(".lk-rating button")[3]?.click());
  expect(model.sentOf("rate").at(-1)).toEqual({ kind: "rate", task_id: "k1", rating: null });
  expect(lit("k1")).toBe(0);
  act(() => model.tell({ kind: "refused", request: "k1", message: "The disk is full." }));
  expect(lit("k1")).toBe(4);
  expect(el.querySelector("[role=status]")?.textContent).toBe("The disk is full.");
  // What belongs to something else is no news.
  act(() => model.tell({ kind: "refused", request: "k0 poster 0", message: "Gone." }));
  expect(el.textContent).not.toContain("Gone.");
});

test("keys rate the tile that has the focus, and go from one to the next", () => {
  show(four());
  act(() => tile("k0").focus());
  press(tile("k0"), "5");
  expect(lit("k0")).toBe(5);
  press(tile("k0"), "0");
  expect(lit("k0")).toBe(0);
  expect(model.sentOf("rate").map(({ rating }) => rating)).toEqual([5, null]);
  press(tile("k0"), "ArrowDown");
  expect(document.activeElement).toBe(tile("k2"));
  expect(tile("k2").tabIndex).toBe(0);
  expect(el.querySelectorAll('[data-key][tabindex="0"]')).toHaveLength(1);
  // A number in a list of choices is the list's.
  press(el.querySelector("select") as Element, "3");
  expect(model.sentOf("rate")).toHaveLength(2);
});

test("Space plays and halts all, but not on a button", () => {
  show(four());
  expect(press(tile("k0"), " ").defaultPrevented).toBe(true);
  expect(named("Pause all")).not.toBeNull();
  press(tile("k0"), " ");
  expect(named("Play all")).not.toBeNull();
  expect(press(named("Loop") as Element, " ").defaultPrevented).toBe(false);
  expect(named("Play all")).not.toBeNull();
});

test("the position is the longest's, and a board with a longer one has more", () => {
  show(four());
  const seek = named("Position of all videos") as HTMLInputElement;
  expect(seek.max).toBe("5");
  act(() => {
    seek.value = "2.5";
    seek.dispatchEvent(new Event("input", { bubbles: true }));
  });
  expect(el.querySelector(".lk-time")?.textContent).toBe("0:02.5 / 0:05.0");
  act(() => model.change("board", { number: 2, axes, cells: [aCell({ duration: 9 })] }));
  expect(seek.max).toBe("9");
});

test("names are hidden and shown by one button, which the kernel follows", () => {
  show(four());
  const button = el.querySelector<HTMLElement>(".lk-c-blind");
  expect(button?.textContent).toBe("Blind");
  act(() => button?.click());
  expect(model.saved).toEqual([{ blind: true }]);
  expect(button?.textContent).toBe("Reveal");
  expect(el.querySelector("[role=status]")?.textContent).toBe("Names are hidden");
});

test("the card of a tile comes after a moment, and with the focus by keyboard goes on Escape", () => {
  show(four());
  const picture = tile("k0").querySelector(".lk-c-picture") as HTMLElement;
  act(() => void picture.dispatchEvent(new Event("pointerover", { bubbles: true })));
  expect(el.querySelector(".lk-c-card")).toBeNull();
  pass(400);
  expect(el.querySelector(".lk-c-card")?.textContent).toBe("ModelKling 2.0");
  press(tile("k0"), "Escape");
  expect(el.querySelector(".lk-c-card")).toBeNull();
});

test("a view that has ended listens to nothing", () => {
  show(four());
  act(() => named("Play all")?.click());
  act(() => end());
  expect(model.listening()).toBe(0);
  expect(el.children).toHaveLength(0);
});

test("nothing to compare is a sentence", () => {
  show([]);
  expect(el.textContent).toBe("No videos to compare.");
});
