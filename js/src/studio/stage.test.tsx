import { describe, expect, it } from "vitest";

import { aCard, settle } from "../shared/testing";
import { click, open, press, type } from "./hands";

describe("results", () => {
  const batch = [
    aCard({ task_id: "b1", prompt: "First" }),
    aCard({ task_id: "b2", state: "waiting", brief: "Waiting", prompt: "Second" }),
  ];
  const earlier = [aCard({ task_id: "e1", state: "failed", brief: "Failed", prompt: "Third" })];

  it("show the newest, and another on a click", async () => {
    const { model, root, one } = open({ batch, earlier });
    expect(one(".lk-card").textContent).toContain("First");
    const strip = [...root.querySelectorAll<HTMLElement>(".lk-s-strip button")];
    expect(strip.map((each) => each.getAttribute("aria-label"))).toEqual([
      "42%: First",
      "Waiting: Second",
      "Failed: Third",
    ]);
    await click(strip[2] as HTMLElement);
    expect(model.get("shown")).toBe("e1");
    expect(one(".lk-card").textContent).toContain("Third");
    expect(strip.map((each) => each.getAttribute("aria-pressed"))).toEqual([
      "false",
      "false",
      "true",
    ]);
  });

  it("of one click are tabs", async () => {
    const { model, root } = open({ batch, earlier });
    const tabs = [...root.querySelectorAll<HTMLElement>("[role=tab]")];
    expect(tabs.map((tab) => [tab.getAttribute("aria-selected"), tab.tabIndex])).toEqual([
      ["true", 0],
      ["false", -1],
    ]);
    await press(tabs[0] as HTMLElement, "ArrowLeft");
    expect(model.get("shown")).toBe("b2");
    expect(document.activeElement).toBe(tabs[1]);
  });

  it("are cancelled by their id", async () => {
    const { model, button } = open({ batch, earlier });
    await click(button("Cancel"));
    expect(model.sentOf("cancel")).toEqual([{ kind: "cancel", task_id: "b1" }]);
  });

  it("give their settings back, and generate nothing by that", async () => {
    const { model, button, prompt } = open({ batch, earlier });
    await type(prompt, "Half a");
    await click(button("Reuse settings"));
    await click(button("Vary the seed"));
    expect(model.sent).toEqual([
      { kind: "reuse", task_id: "b1", vary: false },
      { kind: "reuse", task_id: "b1", vary: true },
    ]);
    await settle(() => model.change("prompt", "First"));
    expect(prompt.value).toBe("First");
  });
});
