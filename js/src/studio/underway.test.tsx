import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { aCard, settle } from "../shared/testing";
import { click, open } from "./hands";

/** Stands for the browser's, which here has no screen. */
class Observer {
  static all: Observer[] = [];
  private readonly watched = new Set<Element>();

  constructor(private readonly told: (entries: { isIntersecting: boolean }[]) => void) {
    Observer.all.push(this);
  }

  observe(element: Element): void {
    this.watched.add(element);
  }

  disconnect(): void {
    this.watched.clear();
  }

  static tell(element: Element | null, isIntersecting: boolean): void {
    for (const each of Observer.all) {
      if (element && each.watched.has(element)) each.told([{ isIntersecting }]);
    }
  }
}

beforeEach(() => {
  Observer.all = [];
  vi.stubGlobal("IntersectionObserver", Observer);
});

afterEach(() => vi.unstubAllGlobals());

const seen = (root: HTMLElement, isSeen: boolean) =>
  settle(() => Observer.tell(root.querySelector(".lk-s-stage")?.parentElement ?? null, isSeen));

it("is there only while the result's place is out of sight", async () => {
  const { root, model, button } = open();
  await seen(root, false);
  expect(root.querySelector(".lk-s-underway")).toBeNull();
  await settle(() => model.change("batch", [aCard({ headline: "Generating", facts: ["12 s"] })]));
  const line = () => root.querySelector(".lk-s-underway");
  expect(line()?.textContent).toBe("Generating · 12 sShow");
  const scroll = vi.spyOn(Element.prototype, "scrollIntoView").mockImplementation(() => {});
  await click(button("Show"));
  expect(scroll).toHaveBeenCalledOnce();
  await seen(root, true);
  expect(line()).toBeNull();
});

it("counts where there are several", async () => {
  const batch = [
    aCard({ task_id: "a", state: "done" }),
    aCard({ task_id: "b", state: "failed" }),
    aCard({ task_id: "c" }),
  ];
  const { root } = open({ batch });
  await seen(root, false);
  expect(root.querySelector(".lk-s-underway")?.textContent).toBe("2 of 3 videos have endedShow");
});
