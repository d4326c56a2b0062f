import { describe, expect, it } from "vitest";

import { settle } from "../shared/testing";
import { click, described, leave, open, press, type } from "./hands";
import { someControls } from "./testing";

describe("the prompt", () => {
  it("is counted against the model's limit", async () => {
    const { prompt, field } = open({ controls: someControls({ prompt_limits: [1, 10] }) });
    await type(prompt, "🐠 koi pond");
    expect(field("prompt").querySelector(".lk-s-count")?.textContent).toBe("10 / 10 characters");
    await type(prompt, "🐠 koi ponds");
    expect(described(prompt)).toBe("1 character too many for this model.");
    expect(prompt.getAttribute("aria-invalid")).toBe("true");
  });

  it("gets a gentle hint while it is short", async () => {
    const { prompt } = open();
    await type(prompt, "A koi pond");
    expect(described(prompt)).toContain("A few more words help");
    expect(prompt.getAttribute("aria-invalid")).toBe("false");
  });

  it("is no mistake while nobody has touched it", async () => {
    const { prompt, generate } = open({ prompt: "" });
    expect(prompt.getAttribute("aria-invalid")).toBe("false");
    expect(generate().getAttribute("aria-disabled")).toBe("true");
    await click(generate());
    expect(described(prompt)).toBe("Write what the video should show.");
  });
});

describe("numbers", () => {
  it("say beside the field what is wrong, and are not written", async () => {
    const { model, line } = open({ seed: 4 });
    await type(line("seed"), "4.5");
    await leave(line("seed"));
    expect(line("seed").value).toBe("4.5");
    expect(line("seed").getAttribute("aria-invalid")).toBe("true");
    expect(described(line("seed"))).toBe("Give a whole number of 0 or more.");
    expect(model.get("seed")).toBe(4);
  });

  it("go up and down with the arrows", async () => {
    const { model, line } = open({ count: 2 });
    await press(line("count"), "ArrowUp");
    await press(line("count"), "ArrowUp");
    await press(line("count"), "ArrowDown");
    await leave(line("count"));
    expect(model.get("count")).toBe(3);
  });

  it("are given back to the model", async () => {
    const { model, button, field } = open({ duration: 8 });
    const auto = button("Auto: leave the duration to the model");
    auto.focus();
    await click(auto);
    expect(model.get("duration")).toBeNull();
    expect(auto.isConnected).toBe(false);
    expect(field("duration").contains(document.activeElement)).toBe(true);
  });
});

describe("the duration", () => {
  it("is a slider with its number for a range", async () => {
    const { model, field, line } = open({ duration: 8 });
    const slider = field("duration").querySelector("input[type=range]") as HTMLInputElement;
    expect([slider.min, slider.max, slider.value]).toEqual(["1", "30", "8"]);
    expect(slider.getAttribute("aria-valuetext")).toBe("8 seconds");
    await type(slider, "12");
    expect(line("duration").value).toBe("12");
    await settle(() => slider.dispatchEvent(new Event("change")));
    expect(model.get("duration")).toBe(12);
  });

  it("is a choice for a list, with what is set although it is none of it", async () => {
    const controls = someControls({ durations: [5, 10] });
    const { model, field } = open({ duration: 8, controls });
    const radios = [...field("duration").querySelectorAll<HTMLInputElement>("[type=radio]")];
    expect(radios.map(({ value, checked }) => [value, checked])).toEqual([
      ["", false],
      ["5", false],
      ["10", false],
      ["8", true],
    ]);
    await settle(() => radios[2]?.click());
    expect(model.get("duration")).toBe(10);
    await settle(() => radios[0]?.click());
    expect(model.get("duration")).toBeNull();
  });

  it("is a list where there are many, and gone where the model takes none", async () => {
    const many = open({ controls: someControls({ durations: [1, 2, 3, 4, 5, 6, 7] }) });
    expect(many.field("duration").querySelectorAll("option")).toHaveLength(8);
    expect(
      open({ controls: someControls({ takes_duration: false }) }).field("duration"),
    ).toBeNull();
  });
});

describe("the size", () => {
  const words = { speed: "medium", quality: "good", file: "medium" };
  const presets = [{ width: 1280, height: 720, title: "HD", use: "social media", ...words }];
  const pick = (root: HTMLElement, value: string) =>
    settle(() => (root.querySelector(`[type=radio][value="${value}"]`) as HTMLElement).click());

  it("is a preset", async () => {
    const { model, root } = open({ controls: someControls({ presets }) });
    await pick(root, "1280x720");
    expect([model.get("width"), model.get("height")]).toEqual([1280, 720]);
    expect(model.saved).toHaveLength(1);
  });

  it("is any other that the model takes", async () => {
    const sizes: [number, number][] = [
      [1280, 720],
      [960, 960],
    ];
    const { model, field } = open({ controls: someControls({ presets, sizes }) });
    expect(field("size").querySelector("[value=custom]")).toBeNull();
    const list = field("size").querySelector("select") as HTMLSelectElement;
    await settle(() => {
      list.value = "960x960";
      list.dispatchEvent(new Event("change", { bubbles: true }));
    });
    expect([model.get("width"), model.get("height")]).toEqual([960, 960]);
  });

  it("is made of two numbers where any goes", async () => {
    const { model, field, root } = open({ controls: someControls({ presets }) });
    await pick(root, "custom");
    const [width, height] = field("size").querySelectorAll<HTMLInputElement>("[inputmode=numeric]");
    if (!width || !height) throw new Error("no fields");
    await type(width, "640");
    await leave(width);
    expect(field("size").querySelector(".lk-s-problem")?.textContent).toContain("both");
    await type(height, "360");
    await leave(height);
    expect(field("size").querySelector(".lk-s-problem")).toBeNull();
    expect([model.get("width"), model.get("height")]).toEqual([640, 360]);
  });
});

describe("the seed", () => {
  it("is rolled below 2**31, and cleared", async () => {
    const { model, button } = open();
    for (let roll = 0; roll < 20; roll += 1) {
      await click(button("Roll a seed"));
      const seed = model.get("seed");
      expect(seed).toBeGreaterThanOrEqual(0);
      expect(seed).toBeLessThan(2 ** 31);
    }
    await click(button("Clear the seed: random each time"));
    expect(model.get("seed")).toBeNull();
    expect(model.sentOf("generate")).toEqual([]);
  });
});
