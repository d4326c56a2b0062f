import { render } from "preact";
import { describe, expect, it } from "vitest";
import { aCard, settle } from "../shared/testing";
import { leave, open, press, show, type } from "./hands";
import { aCheck, anEntry, aStudio, judge, someControls } from "./testing";

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

  it("takes along a model that was typed and not yet chosen", async () => {
    const { model, one } = open();
    const line = one("[role=combobox]") as HTMLInputElement;
    line.focus();
    await type(line, "preview/two");
    await press(line, "Enter", { ctrlKey: true });
    await settle(() => {
      model.change("controls", someControls({ model: "preview/two" }));
      judge(model);
    });
    expect(model.sentOf("generate")).toMatchObject([{ form: { model: "preview/two" } }]);
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
