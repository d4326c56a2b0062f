import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test } from "vitest";

import type { FakeModel } from "../shared/fakeModel";
import { aCard, aVideo, draw, settle } from "../shared/testing";
import { Gallery } from "./gallery";
import type { HistoryTraits } from "./state";
import { aHistory, aTile, found, opened } from "./testing";

let model: FakeModel<HistoryTraits>;
let root: HTMLElement;

beforeEach(() => {
  document.body.innerHTML = "";
});

afterEach(() => {
  draw(null, root);
  expect(model.listening()).toBe(0);
});

function show(change: Partial<HistoryTraits> = {}) {
  model = aHistory(change);
  const el = document.createElement("div");
  root = draw(<Gallery model={model} el={el} />);
}

const tiles = () => [...root.querySelectorAll<HTMLElement>(".lk-h-tile")];
const panel = () => root.querySelector<HTMLElement>(".lk-h-panel");
const button = (name: string) =>
  [...root.querySelectorAll<HTMLElement>("button")].find(
    (each) => (each.getAttribute("aria-label") ?? each.textContent) === name,
  );
const click = (name: string) => settle(() => button(name)?.click());
const done = (task_id: string) => aCard({ task_id, state: "done", video: aVideo({ task_id }) });

async function openFirst() {
  show({ found: found({ tiles: [aTile(), aTile({ task_id: "77aa", prompt: "A sea" })] }) });
  await settle(() => tiles()[0]?.click());
  act(() => model.change("opened", opened({ task_id: "3f0c", card: done("3f0c") })));
}

test("a tile says what it is, to those who see it and to those who hear it", () => {
  show({ found: found({ tiles: [aTile({ rating: 4 })] }) });
  expect(tiles()[0]?.textContent).toBe("5 sA gardenKling 2.0$0.5025 Nov, 15:31");
  expect(tiles()[0]?.getAttribute("aria-label")).toBe(
    "A garden, Done in 3 s, Kling 2.0, 25 Nov, 15:31, $0.50, 4 stars",
  );
  expect(root.querySelectorAll(".lk-h-tile .lk-star--on")).toHaveLength(4);
  expect(root.querySelector(".lk-h-count")?.textContent).toBe("1 job");
});

test("a job without a picture says why", () => {
  const running = aTile({ state: "running", headline: "Generating", share: 0.5, has_video: false });
  const gone = aTile({ task_id: "1", has_video: false });
  show({ found: found({ tiles: [running, gone] }) });
  expect(tiles()[0]?.textContent).toContain("Generating");
  expect(tiles()[1]?.textContent).toContain("File removed");
});

test("a click opens a job at once, and Escape closes it and goes back to its tile", async () => {
  await openFirst();
  expect(model.sentOf("show")).toEqual([{ kind: "show", task_id: "3f0c" }]);
  expect(panel()?.querySelector(".lk-player")).not.toBeNull();
  expect(panel()?.textContent).toContain("Seed42");
  expect(tiles()[0]?.getAttribute("aria-expanded")).toBe("true");
  const key = new KeyboardEvent("keydown", { key: "Escape", bubbles: true });
  await settle(() => panel()?.dispatchEvent(key));
  expect(panel()).toBeNull();
  expect(model.sentOf("show").at(-1)).toEqual({ kind: "show", task_id: "" });
  expect(document.activeElement).toBe(tiles()[0]);
});

test("until the kernel has told of it, nothing of another job is shown", async () => {
  await openFirst();
  await settle(() => tiles()[1]?.click());
  expect(panel()?.textContent).toBe("Opening …");
  expect(panel()?.getAttribute("aria-busy")).toBe("true");
  act(() => model.change("opened", opened({ task_id: "77aa", problem: "It was forgotten." })));
  expect(panel()?.querySelector("[role=alert]")?.textContent).toBe("It was forgotten.");
});

test("stars are given, and taken away by the same star", async () => {
  await openFirst();
  await click("4 stars");
  act(() => model.change("found", found({ tiles: [aTile({ rating: 4 })] })));
  await click("4 stars: take away");
  expect(model.sentOf("rate").map(({ rating }) => rating)).toEqual([4, null]);
  await settle(() =>
    model.tell({ kind: "refused", request: "3f0c", message: "It was forgotten." }),
  );
  expect(panel()?.querySelector(".lk-h-refused")?.textContent).toBe("It was forgotten.");
});

test("forgetting asks first, says what goes, and is done once", async () => {
  await openFirst();
  await click("Forget …");
  expect(model.sentOf("forget")).toEqual([]);
  expect(panel()?.textContent).toContain("Its prompt goes.");
  expect(document.activeElement).toBe(button("Keep"));
  await click("Keep");
  expect(button("Forget for good")).toBeUndefined();
  await click("Forget …");
  await click("Forget for good");
  const [asked] = model.sentOf("forget");
  expect(asked?.task_id).toBe("3f0c");
  expect(panel()?.textContent).toContain("Forgetting …");
  const refusal = { kind: "refused", request: asked?.id, message: "The file cannot be deleted." };
  await settle(() => model.tell(refusal));
  expect(panel()?.textContent).toContain("The file cannot be deleted.");
});

test("saving tells where it is; an answer to somebody else's question is not mine", async () => {
  await openFirst();
  await click("Save");
  await click("Save");
  const [asked, ...more] = model.sentOf("save");
  expect(more).toEqual([]);
  await settle(() => model.tell({ kind: "done", id: "other", message: "Elsewhere" }));
  expect(panel()?.textContent).toContain("Saving …");
  await settle(() => model.tell({ kind: "done", id: asked?.id, message: "Saved as a.mp4" }));
  expect(panel()?.textContent).toContain("Saved as a.mp4");
});

test("settings go to the form where there is one, else they are code to copy", async () => {
  await openFirst();
  await click("Reuse settings");
  expect(panel()?.querySelector("pre")?.textContent).toBe("client = …\n");
  await click("Reuse settings");
  expect(panel()?.querySelector("pre")).toBeNull();
  act(() =>
    model.change("opened", opened({ task_id: "3f0c", card: done("3f0c"), has_form: true })),
  );
  await click("Reuse settings");
  expect(panel()?.querySelector("pre")).toBeNull();
  expect(panel()?.textContent).toContain("The form has these settings.");
  expect(model.sentOf("reuse")).toEqual([
    { kind: "reuse", task_id: "3f0c", vary: false },
    { kind: "reuse", task_id: "3f0c", vary: false },
  ]);
});

test("a running job can be cancelled and not forgotten", async () => {
  show({ found: found({ tiles: [aTile({ state: "running", has_video: false })] }) });
  await settle(() => tiles()[0]?.click());
  act(() => model.change("opened", opened({ task_id: "3f0c", card: aCard() })));
  expect(button("Forget …")).toBeUndefined();
  expect(button("Save")).toBeUndefined();
  await click("Cancel");
  expect(model.sentOf("cancel")).toEqual([{ kind: "cancel", task_id: "3f0c" }]);
});

test("pages are gone through, and asked for by their number", async () => {
  show({ found: found({ tiles: [aTile()], total: 60, page: 2, pages: 3 }), page: 2 });
  await click("Older ");
  expect(model.saved.at(-1)).toEqual({ page: 3 });
  const number = root.querySelector<HTMLInputElement>('[aria-label="Page"]');
  if (!number) throw new Error("no field");
  number.value = "9";
  await settle(() => number.dispatchEvent(new Event("change", { bubbles: true })));
  expect(number.value).toBe("2");
  expect(model.saved).toHaveLength(1);
});

test("what is shown is marked as old until it answers what is asked for", () => {
  show({ found: found({ tiles: [aTile()] }) });
  act(() => model.change("text", "sea"));
  expect(root.querySelector(".lk-h-tiles")?.getAttribute("aria-busy")).toBe("true");
  const of = { ...model.get("found").of, text: "sea" };
  act(() => model.change("found", found({ tiles: [aTile()], of })));
  expect(root.querySelector(".lk-h-tiles")?.getAttribute("aria-busy")).toBe("false");
  expect(root.querySelector(".lk-h-count")?.textContent).toBe("1 job matches");
});

test("where there is nothing it says why, and what to do", async () => {
  show();
  expect(root.textContent).toContain("No jobs yet. Make a video:%video a lighthouse in a storm");
  draw(null, root);
  const of = { ...model.get("found").of, text: "sea" };
  show({ found: found({ of }), text: "sea" });
  expect(root.textContent).toContain("Nothing matches.");
  await click("Clear the filters");
  expect(model.get("text")).toBe("");
  draw(null, root);
  show({ found: found({ problem: "The journal cannot be used." }) });
  expect(root.querySelector("[role=alert]")?.textContent).toBe("The journal cannot be used.");
});
