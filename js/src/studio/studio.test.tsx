import { render } from "preact";
import { afterEach, describe, expect, it, vi } from "vitest";

import { aCard, draw, settle } from "../shared/testing";
import type { StudioTraits } from "./state";
import { Studio } from "./studio";
import { aCheck, anEntry, aStudio, byHand, judge, someControls } from "./testing";

const roots: HTMLElement[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) {
    render(null, root);
    root.remove();
  }
});

function show(model: ReturnType<typeof aStudio>) {
  const root = draw(<Studio model={model} el={document.body} />);
  roots.push(root);
  const one = (selector: string) => root.querySelector(selector) as HTMLElement;
  const button = (name: string) => {
    const found = [...root.querySelectorAll("button")].find(
      (each) => (each.getAttribute("aria-label") ?? each.textContent) === name,
    );
    if (!found) throw new Error(`no button ${name}`);
    return found;
  };
  const field = (name: string) => one(`[data-field="${name}"]`);
  return {
    root,
    one,
    button,
    field,
    prompt: one("[data-field=prompt] textarea") as HTMLTextAreaElement,
    line: (name: string) => field(name).querySelector("input[type=text]") as HTMLInputElement,
    generate: () => one(".lk-s-generate .lk-s-primary") as HTMLButtonElement,
    said: () => one(".lk-s-hidden[role=status]").textContent,
  };
}

const open = (change: Partial<StudioTraits> = {}) => {
  const model = aStudio(change);
  return { model, ...show(model) };
};

const type = (element: HTMLInputElement | HTMLTextAreaElement, text: string) =>
  settle(() => {
    element.value = text;
    element.dispatchEvent(new Event("input", { bubbles: true }));
  });
const leave = (element: HTMLElement) => settle(() => element.dispatchEvent(new Event("blur")));
const click = (element: HTMLElement) =>
  settle(() => element.dispatchEvent(byHand(new MouseEvent("click", { bubbles: true }))));
const press = (element: HTMLElement, key: string, more: KeyboardEventInit = {}) =>
  settle(() => {
    const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
    element.dispatchEvent(byHand(event));
  });

/** What stands beside a control, as screen readers find it. */
function described(control: HTMLElement): string {
  const id = control.getAttribute("aria-describedby") ?? "";
  return document.getElementById(id)?.textContent ?? "";
}

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
    await click(button("Not now"));
    expect(one(".lk-s-question")).toBeNull();
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

describe("Ctrl+Enter", () => {
  it.each([{ ctrlKey: true }, { metaKey: true }])("generates anywhere, with %j", async (keys) => {
    const { model, line, one } = open();
    await press(line("seed"), "Enter", keys);
    expect(model.sentOf("generate")).toHaveLength(1);
    const id = model.sentOf("generate")[0]?.id as string;
    await settle(() => model.change("answer", { id, state: "submitted", message: "" }));
    await press(one("summary"), "Enter", keys);
    expect(model.sentOf("generate")).toHaveLength(2);
  });

  it("takes along what was typed last", async () => {
    const { model, prompt } = open();
    prompt.focus();
    await type(prompt, "A blue whale");
    await press(prompt, "Enter", { ctrlKey: true });
    expect(document.activeElement).toBe(prompt);
    await settle(() => judge(model));
    expect(model.sentOf("generate")).toMatchObject([{ form: { prompt: "A blue whale" } }]);
  });

  it("is not Enter alone, nor a key that is held down, nor the end of a word", async () => {
    const { model, prompt } = open();
    await press(prompt, "Enter");
    await press(prompt, "Enter", { shiftKey: true });
    await press(prompt, "Enter", { ctrlKey: true, repeat: true });
    await press(prompt, "Enter", { ctrlKey: true, isComposing: true });
    expect(model.sentOf("generate")).toEqual([]);
  });
});

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
    const { model, button } = open({ duration: 8 });
    await click(button("Auto: leave the duration to the model"));
    expect(model.get("duration")).toBeNull();
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
  const presets = [
    { width: 1280, height: 720, title: "HD", use: "social media", trade_off: "a, b, c" },
  ];
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

describe("Advanced", () => {
  const option = { title: "T", help: "", choices: [], low: null, high: null, step: null };
  const options = [
    { ...option, name: "s.audio", kind: "switch" as const, usual: true },
    { ...option, name: "q", kind: "choice" as const, choices: ["low", 2], usual: null },
    { ...option, name: "j", kind: "json" as const, usual: null },
  ];
  const controls = someControls({ options });

  it("has three states for a switch", async () => {
    const { model, field } = open({ controls });
    const radios = [...field("option s.audio").querySelectorAll<HTMLInputElement>("input")];
    expect(field("option s.audio").textContent).toContain("Auto (on)");
    await settle(() => radios[2]?.click());
    expect(model.get("options")).toEqual({ "s.audio": false });
    await settle(() => radios[0]?.click());
    expect(model.get("options")).toEqual({});
  });

  it("keeps the kind of what is chosen", async () => {
    const { model, field } = open({ controls });
    const list = field("option q").querySelector("select") as HTMLSelectElement;
    await settle(() => {
      list.value = "2";
      list.dispatchEvent(new Event("change", { bubbles: true }));
    });
    expect(model.get("options")).toEqual({ q: 2 });
  });

  it("checks JSON before it is written, and opens to show what is wrong", async () => {
    const { model, field, root } = open({ controls });
    const area = field("option j").querySelector("textarea") as HTMLTextAreaElement;
    const details = root.querySelector("details") as HTMLDetailsElement;
    expect(details.open).toBe(false);
    await type(area, "[1,");
    await leave(area);
    expect(model.get("options")).toEqual({});
    expect(described(area)).toContain("This is no JSON yet");
    expect(details.open).toBe(true);
    await type(area, "[1]");
    await leave(area);
    expect(model.get("options")).toEqual({ j: [1] });
  });

  it("shows what is sent although the model's list does not have it", async () => {
    const { model, button, root } = open({ options: { odd: { a: 1 } } });
    expect(root.querySelector(".lk-s-strangers code")?.textContent).toBe('odd = {"a":1}');
    await click(button("Remove the option odd"));
    expect(model.get("options")).toEqual({});
  });
});

describe("results", () => {
  const batch = [
    aCard({ task_id: "b1", prompt: "First" }),
    aCard({ task_id: "b2", state: "waiting", facts: [], prompt: "Second" }),
  ];
  const earlier = [aCard({ task_id: "e1", state: "failed", facts: [], prompt: "Third" })];

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

describe("code", () => {
  it("is copied as it stands", async () => {
    const writeText = vi.fn().mockResolvedValue(undefined);
    Object.defineProperty(navigator, "clipboard", { value: { writeText }, configurable: true });
    const { button, said } = open({ check: aCheck({ python: "a()", magic: "%%video\nb" }) });
    await click(button("Copy as Python"));
    expect(writeText).toHaveBeenLastCalledWith("a()");
    expect(said()).toBe("Copied");
    await click(button("Copy as %%video"));
    expect(writeText).toHaveBeenLastCalledWith("%%video\nb");
  });

  it("is not copied while it is that of another form", async () => {
    const writeText = vi.fn().mockResolvedValue(undefined);
    Object.defineProperty(navigator, "clipboard", { value: { writeText }, configurable: true });
    const { model, button, prompt, line } = open();
    const copy = button("Copy as Python");
    await type(prompt, "A blue whale");
    await click(copy);
    await leave(prompt);
    await click(copy);
    expect(writeText).not.toHaveBeenCalled();
    await settle(() => judge(model, { python: "new()" }));
    await click(copy);
    expect(writeText).toHaveBeenCalledExactlyOnceWith("new()");
    await type(line("seed"), "x");
    await click(copy);
    expect(writeText).toHaveBeenCalledOnce();
  });

  it("says why there is no magic", () => {
    const no_magic = "%%video takes no list.";
    const { button, root } = open({ check: aCheck({ magic: "", no_magic }) });
    expect(button("Copy as %%video").getAttribute("aria-disabled")).toBe("true");
    expect(button("Copy as %%video").title).toBe(no_magic);
    expect(root.querySelector(".lk-s-code .lk-s-help")?.textContent).toBe(no_magic);
  });
});

it("shows text from outside as text", () => {
  const evil = "<img src=x onerror=alert(1)><script>alert(2)</script>";
  const { root } = open({
    prompt: evil,
    notice: evil,
    model: evil,
    models: [anEntry({ id: evil, title: evil, advice: evil, note: evil, price: evil })],
    check: aCheck({ problems: { form: evil, seed: evil }, python: evil, cost: evil }),
    batch: [aCard({ prompt: evil, model: evil, message: evil, state: "failed" })],
    options: { [evil]: evil },
  });
  expect(root.querySelector("img, script")).toBeNull();
  expect(root.querySelector(".lk-s-notice")?.textContent).toBe(evil);
});

it("agrees with another view of the same studio", async () => {
  const model = aStudio();
  const one = show(model);
  const two = show(model);
  await type(one.prompt, "A blue whale");
  await leave(one.prompt);
  expect(two.prompt.value).toBe("A blue whale");
  await type(two.line("seed"), "7");
  await leave(two.line("seed"));
  expect(one.line("seed").value).toBe("7");
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

it("leaves nothing behind", async () => {
  const { model, root } = open();
  render(null, root);
  expect(model.listening()).toBe(0);
});
