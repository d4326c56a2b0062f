import { describe, expect, it, vi } from "vitest";

import { settle } from "../shared/testing";
import { click, open, type } from "./hands";
import { aCheck, judge } from "./testing";

describe("Generate", () => {
  it("sends what the form says", async () => {
    const { model, generate } = open();
    expect(generate().getAttribute("aria-disabled")).toBe("false");
    await click(generate());
    expect(model.sentOf("generate")).toMatchObject([{ confirm: false }]);
    expect(generate().getAttribute("aria-disabled")).toBe("true");
    await click(generate());
    expect(model.sentOf("generate")).toHaveLength(1);
  });

  it("is not started by scripts", async () => {
    const { model, generate, prompt } = open();
    await settle(() => generate().click());
    await settle(() => {
      const keys = { key: "Enter", ctrlKey: true, bubbles: true };
      prompt.dispatchEvent(new KeyboardEvent("keydown", keys));
    });
    expect(model.sentOf("generate")).toEqual([]);
  });

  it("sits beside what it will cost", async () => {
    const { model, one } = open();
    expect(one(".lk-s-estimate").textContent).toBe("about $0.45 · about 2 min");
    await settle(() => judge(model, { cost: "free", time: "" }));
    expect(one(".lk-s-estimate").textContent).toBe("free");
  });

  it("leads to what is in the way", async () => {
    vi.useFakeTimers();
    const { model, generate, line, said } = open();
    await type(line("seed"), "x");
    expect(generate().getAttribute("aria-disabled")).toBe("true");
    await click(generate());
    vi.runOnlyPendingTimers();
    vi.useRealTimers();
    expect(document.activeElement).toBe(line("seed"));
    expect(said()).toBe("Give a whole number of 0 or more.");
    expect(model.sentOf("generate")).toEqual([]);
  });

  it("shows the problems that no field has above it", () => {
    const { root } = open({ check: aCheck({ problems: { form: "No key for Runware." } }) });
    expect(root.querySelector(".lk-s-generate .lk-s-problem")?.textContent).toBe(
      "No key for Runware.",
    );
  });

  it("asks before it costs much", async () => {
    const { model, generate, button, one } = open();
    await click(generate());
    const id = model.sentOf("generate")[0]?.id as string;
    await settle(() => model.change("answer", { id, state: "confirm", message: "It costs $2." }));
    expect(one(".lk-s-question").textContent).toContain("It costs $2.");
    button("Not now").focus();
    await click(button("Not now"));
    expect(one(".lk-s-question")).toBeNull();
    // Not lost with the button.
    expect(document.activeElement).toBe(generate());
    expect(model.sentOf("generate")).toHaveLength(1);
  });

  it("goes on when the price is all right", async () => {
    const { model, generate, button } = open();
    await click(generate());
    const id = model.sentOf("generate")[0]?.id as string;
    await settle(() => model.change("answer", { id, state: "confirm", message: "It costs $2." }));
    await click(button("Generate for about $0.45"));
    expect(model.sentOf("generate").map(({ confirm }) => confirm)).toEqual([false, true]);
  });

  it("tells a refusal as an alert", async () => {
    const { model, generate, one } = open();
    await click(generate());
    const id = model.sentOf("generate")[0]?.id as string;
    await settle(() => model.change("answer", { id, state: "refused", message: "No budget." }));
    expect(one(".lk-s-generate [role=alert]").textContent).toBe("No budget.");
  });
});
