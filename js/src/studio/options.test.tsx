import { describe, expect, it } from "vitest";

import { settle } from "../shared/testing";
import { click, described, leave, open, type } from "./hands";
import { someControls } from "./testing";

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

  it("opens to show what has changed with the model", async () => {
    const { model, field, root } = open({ controls });
    const details = root.querySelector("details") as HTMLDetailsElement;
    const elsewhere = { fps: "it sets the frame rate itself", duration: "so 20 became 10" };
    await settle(() => model.change("controls", { ...controls, moved: elsewhere }));
    expect(details.open).toBe(false);
    const moved = { "option q": "so high became low" };
    await settle(() => model.change("controls", { ...controls, moved }));
    expect(details.open).toBe(true);
    expect(field("option q").textContent).toContain("so high became low");
  });

  it("shows what is sent although the model's list does not have it", async () => {
    const { model, button, root } = open({ options: { odd: { a: 1 } } });
    expect(root.querySelector(".lk-s-strangers code")?.textContent).toBe('odd = {"a":1}');
    await click(button("Remove the option odd"));
    expect(model.get("options")).toEqual({});
  });
});
