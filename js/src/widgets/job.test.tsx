import { act } from "preact/test-utils";
import { beforeEach, expect, test } from "vitest";

import { type FakeModel, fakeModel } from "../shared/fakeModel";
import { aCard } from "../shared/testing";
import job, { type JobTraits } from "./job";

let model: FakeModel<JobTraits>;

beforeEach(() => {
  document.body.innerHTML = '<div class="llmkit-slot-ab"><p class="llmkit-plain">plain</p></div>';
  model = fakeModel({ slot: "ab", card: aCard(), plain_end: true });
});

const view = () => document.querySelector<HTMLElement>(".llmkit-widget");

test("each page says hello once, and shows the job in its slot", () => {
  act(() => job.initialize({ model }));
  expect(model.sent).toEqual([{ kind: "hello" }]);
  expect(view()?.parentElement?.className).toBe("llmkit-slot-ab");
  expect(view()?.textContent).toContain("Generating");
  model.emit("destroy");
  expect(view()).toBeNull();
});

test("a view elsewhere shows the same, and ends alone", () => {
  const el = document.createElement("div");
  let end = () => {};
  act(() => job.initialize({ model }));
  act(() => {
    end = job.render({ model, el });
  });
  act(() => model.change("card", aCard({ headline: "Downloading" })));
  expect(el.textContent).toContain("Downloading");
  expect(view()?.textContent).toContain("Downloading");
  act(() => end());
  expect(el.children).toHaveLength(0);
  expect(view()?.textContent).toContain("Downloading");
  expect(model.sentOf("hello")).toHaveLength(1);
  model.emit("destroy");
  expect(model.listening()).toBe(0);
});

test("cancelling names the job", () => {
  act(() => job.initialize({ model }));
  act(() => view()?.querySelector<HTMLElement>(".lk-cancel")?.click());
  expect(model.sentOf("cancel")).toEqual([{ kind: "cancel", task_id: "3f0c" }]);
  model.emit("destroy");
});

test("the root keeps keys, and formulas away", () => {
  act(() => job.initialize({ model }));
  expect(view()?.dataset.lmSuppressShortcuts).toBe("true");
  expect(view()?.className).toBe("llmkit-widget mathjax_ignore tex2jax_ignore");
  model.emit("destroy");
});

test("the view is as high as what takes its place: a plain video in its slot, else the player", () => {
  const el = document.createElement("div");
  act(() => job.initialize({ model }));
  act(() => {
    job.render({ model, el });
  });
  const inside = (root: Element | null) =>
    root?.querySelector(".lk-picture > .lk-controls") != null;
  expect(inside(view())).toBe(true);
  expect(inside(el)).toBe(false);
  act(() => model.change("plain_end", false));
  expect(inside(view())).toBe(false);
  model.emit("destroy");
});
