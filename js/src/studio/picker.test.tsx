import { describe, expect, it } from "vitest";

import { settle } from "../shared/testing";
import { show } from "./hands";
import { anEntry, aStudio, judge, someControls } from "./testing";

const MODELS = [
  anEntry({ id: "preview/one", title: "One" }),
  anEntry({
    id: "runware/kling",
    title: "Kling",
    provider: "runware",
    price: "$0.35",
    text: false,
  }),
  anEntry({ id: "preview/two", title: "Two", advice: "quick" }),
];

function aPicker(model = "preview/one") {
  const fake = aStudio({ model, models: MODELS });
  const { root } = show(fake);
  const line = root.querySelector("[role=combobox]") as HTMLInputElement;
  return {
    fake,
    line,
    list: () => root.querySelector("[role=listbox]") as HTMLElement,
    options: () => [...root.querySelectorAll<HTMLElement>("[role=option]")],
    active: () => document.getElementById(line.getAttribute("aria-activedescendant") ?? ""),
    type: (text: string) =>
      settle(() => {
        line.value = text;
        line.dispatchEvent(new Event("input", { bubbles: true }));
      }),
    press: (key: string, more: KeyboardEventInit = {}) =>
      settle(() => {
        line.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, ...more }));
      }),
    leave: () => settle(() => line.dispatchEvent(new Event("blur"))),
  };
}

const titles = (options: HTMLElement[]) =>
  options.map((option) => option.querySelector(".lk-s-option-title")?.textContent);

describe("the list", () => {
  it("is closed, and says so", () => {
    const { line, list, options } = aPicker();
    expect(line.value).toBe("One");
    expect(line.getAttribute("aria-expanded")).toBe("false");
    expect(line.getAttribute("aria-controls")).toBe(list().id);
    expect(list().hidden).toBe(true);
    expect(options()).toEqual([]);
  });

  it("opens at the chosen model, a provider at a time", async () => {
    const { line, list, options, active, press } = aPicker("preview/two");
    await press("ArrowDown");
    expect(line.getAttribute("aria-expanded")).toBe("true");
    expect(list().hidden).toBe(false);
    expect(titles(options())).toEqual(["One", "Two", "Kling"]);
    expect(active()).toBe(options()[1]);
    expect(options().map((option) => option.getAttribute("aria-selected"))).toEqual([
      "false",
      "true",
      "false",
    ]);
    const groups = [...list().querySelectorAll("[role=group]")].map(
      (group) => document.getElementById(group.getAttribute("aria-labelledby") ?? "")?.textContent,
    );
    expect(groups).toEqual(["preview", "runware"]);
  });

  it("shows what is to be known of a model", async () => {
    const { options, press } = aPicker();
    await press("ArrowDown");
    expect(options()[2]?.textContent).toBe("Kling$0.35runware/klingfrom a picture");
    expect(options()[1]?.textContent).toContain("quick");
  });

  it("is gone through with the arrows, round and round", async () => {
    const { options, active, press } = aPicker();
    await press("ArrowDown");
    await press("ArrowUp");
    expect(active()).toBe(options()[2]);
    await press("ArrowDown");
    await press("ArrowDown");
    expect(active()).toBe(options()[1]);
  });

  it("is closed by Escape without a choice", async () => {
    const { fake, line, press, type } = aPicker();
    await type("kli");
    await press("Escape");
    expect(line.getAttribute("aria-expanded")).toBe("false");
    expect(line.value).toBe("One");
    expect(fake.saved).toEqual([]);
  });
});

describe("typing", () => {
  it("leaves what matches, and Enter takes the first", async () => {
    const { fake, line, options, press, type } = aPicker();
    await type("KLI");
    expect(titles(options())).toEqual(["Kling", "Use “KLI” as it is"]);
    await press("Enter");
    expect(fake.saved).toEqual([{ model: "runware/kling" }]);
    expect(line.value).toBe("Kling");
    expect(line.getAttribute("aria-expanded")).toBe("false");
  });

  it("can be an id that the list does not have", async () => {
    const { fake, line, press, type } = aPicker();
    await type(" router/Wan:2 ");
    await press("Enter");
    expect(fake.get("model")).toBe("router/Wan:2");
    expect(line.value).toBe("router/Wan:2");
  });

  it("can be such an id although others match", async () => {
    const { fake, press, type } = aPicker();
    await type("kling");
    await press("ArrowUp");
    await press("Enter");
    expect(fake.get("model")).toBe("kling");
  });

  it("ends a word of Japanese with Enter, and chooses nothing", async () => {
    const { fake, press, type } = aPicker();
    await type("クリ");
    await press("Enter", { isComposing: true });
    expect(fake.saved).toEqual([]);
  });
});

describe("leaving the line", () => {
  it.each([
    ["two", "preview/two"],
    ["runware/kling", "runware/kling"],
    ["router/wan", "router/wan"],
    // That may have been a search as well as an id.
    ["kl", "preview/one"],
    ["", "preview/one"],
  ])("with %j typed leaves %j", async (typed, model) => {
    const { fake, leave, type } = aPicker();
    await type(typed);
    await leave();
    expect(fake.get("model")).toBe(model);
  });
});

it("chooses with the mouse, and keeps the cursor in the line", async () => {
  const { fake, options, press } = aPicker();
  await press("ArrowDown");
  const down = new MouseEvent("mousedown", { bubbles: true, cancelable: true });
  await settle(() => options()[1]?.dispatchEvent(down));
  expect(down.defaultPrevented).toBe(true);
  await settle(() => options()[1]?.click());
  expect(fake.get("model")).toBe("preview/two");
});

it("shows beside its field what the new model has moved", async () => {
  const { fake, line, press, type } = aPicker();
  await type("two");
  await press("Enter");
  const moved = { duration: "Two makes up to 10 seconds, so 20 became 10." };
  await settle(() => {
    fake.change("controls", someControls({ model: "preview/two", moved }));
    judge(fake);
  });
  const field = line.closest(".lk-s-form")?.querySelector("[data-field=duration]");
  expect(field?.querySelector(".lk-s-moved")?.textContent).toBe(moved.duration);
});

it("says what was left out because the model has no field for it", async () => {
  const { fake, line } = aPicker("preview/two");
  const said = () =>
    document.getElementById(line.getAttribute("aria-describedby") ?? "")?.textContent ?? "";
  expect(said()).toBe("quick");
  const moved = {
    seed: "Two takes no seed, so it was left out.",
    "option style": "Two has no style.",
    duration: "so 20 became 10",
  };
  const controls = someControls({ model: "preview/two", takes_seed: false, moved });
  await settle(() => fake.change("controls", controls));
  expect(said()).toBe("Two takes no seed, so it was left out. Two has no style.quick");
});

describe("what is typed", () => {
  const models = [
    anEntry({ id: "kling-omni-std", title: "Kling Omni Standard", advice: "kling standard" }),
    anEntry({ id: "kling-std", title: "Kling Standard" }),
    anEntry({ id: "kling-std-2", title: "Kling Standard 2" }),
  ];

  async function typing() {
    const picker = aPicker();
    await settle(() => picker.fake.change("models", [...MODELS, ...models]));
    return picker;
  }

  it.each([
    ["kling standard", "Kling Standard"],
    ["KLING-STD-2", "Kling Standard 2"],
    ["kling omni", "Kling Omni Standard"],
  ])("means %j first by its whole name", async (text, title) => {
    const { type, active } = await typing();
    await type(text);
    expect(active()?.querySelector(".lk-s-option-title")?.textContent).toBe(title);
  });

  it("takes the place of the name, also where the list is opened once more", async () => {
    const { line, press } = await typing();
    line.focus();
    await press("ArrowDown");
    await press("Escape");
    line.setSelectionRange(1, 1);
    await settle(() => line.click());
    expect([line.selectionStart, line.selectionEnd]).toEqual([0, line.value.length]);
  });

  it("is dropped when the line is left, unless it is a name or looks like an id", async () => {
    const { fake, type, leave, line } = await typing();
    await type("zz");
    await leave();
    expect([fake.get("model"), line.value]).toEqual(["preview/one", "One"]);
    await type("vendor:7@1");
    await leave();
    expect(fake.get("model")).toBe("vendor:7@1");
    await type("kling standard");
    await leave();
    expect(fake.get("model")).toBe("kling-std");
  });
});
