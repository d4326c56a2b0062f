import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { FakeModel } from "../shared/fakeModel";
import { draw, settle } from "../shared/testing";
import { Bar, PAUSE } from "./bar";
import type { HistoryTraits } from "./state";
import { aHistory, found } from "./testing";

let model: FakeModel<HistoryTraits>;
let root: HTMLElement;
const refreshed = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
  document.body.innerHTML = "";
  model = aHistory();
  show();
});

afterEach(() => {
  draw(null, root);
  vi.useRealTimers();
});

function show() {
  const models = [{ id: "runway:1@2", title: "Gen-4.5", count: 7 }];
  const bar = <Bar model={model} found={found({ models })} onRefresh={refreshed} />;
  root = draw(bar, root?.isConnected ? root : undefined);
}

const field = <Kind extends HTMLElement>(label: string) =>
  root.querySelector<Kind>(`[aria-label="${label}"]`) as Kind;

async function choose(label: string, value: string, event = "change") {
  const element = field<HTMLInputElement>(label);
  element.value = value;
  await settle(() => element.dispatchEvent(new Event(event, { bubbles: true })));
  show();
}

test("what is typed is searched for when the typing rests, or at Enter", async () => {
  await choose("Search prompts", "s", "input");
  await choose("Search prompts", "sea", "input");
  expect(model.saved).toEqual([]);
  await settle(() => vi.advanceTimersByTime(PAUSE));
  expect(model.saved).toEqual([{ page: 1, text: "sea" }]);
  await choose("Search prompts", "sea at night", "input");
  const enter = new KeyboardEvent("keydown", { key: "Enter", bubbles: true });
  await settle(() => field("Search prompts").dispatchEvent(enter));
  expect(model.saved.at(-1)).toEqual({ page: 1, text: "sea at night" });
  await settle(() => vi.advanceTimersByTime(PAUSE));
  expect(model.saved).toHaveLength(2);
});

test("each choice is a filter of its own kind", async () => {
  await choose("Model", "runway:1@2");
  await choose("Status", "failed");
  await choose("Rating", "4");
  await choose("Rating", "unrated");
  await choose("Rating", "");
  const values = model.saved.map(({ page, ...rest }) => rest);
  expect(values).toEqual([
    { model: "runway:1@2" },
    { status: "failed" },
    { rating: 4 },
    { rating: "unrated" },
    { rating: null },
  ]);
});

test("a model that Python has chosen and no job has is there to be seen", () => {
  model.set("model", "elsewhere");
  show();
  expect(field<HTMLSelectElement>("Model").value).toBe("elsewhere");
  expect(field("Model").textContent).toContain("Gen-4.5 (7)");
});

test("days of one's own have fields, and the last day is part of it", async () => {
  expect(field("From")).toBeNull();
  await choose("Date", "days");
  expect(model.saved).toEqual([]);
  await choose("From", "2026-11-24");
  await choose("To", "2026-11-25");
  const day = (number: number) => new Date(2026, 10, number).getTime() / 1000;
  expect(model.get("since")).toBe(day(24));
  expect(model.get("until")).toBe(day(26));
  expect(field<HTMLInputElement>("To").value).toBe("2026-11-25");
  await choose("Date", "");
  expect([model.get("since"), model.get("until")]).toEqual([null, null]);
  expect(field("From")).toBeNull();
});

test("all filters are cleared at once, and there is nothing to clear before", async () => {
  const clear = () => [...root.querySelectorAll("button")].find((b) => b.textContent === "Clear");
  expect(clear()).toBeUndefined();
  await choose("Status", "failed");
  await settle(() => clear()?.click());
  expect(model.get("status")).toBe("");
  await settle(() => field("Refresh").click());
  expect(refreshed).toHaveBeenCalledOnce();
});
