import { describe, expect, it } from "vitest";

import { Desk } from "./desk";
import { type Field, isShown } from "./fields";
import { assess, homeless, localProblems, type Typed } from "./problems";
import type { Controls, StudioTraits } from "./state";
import { aCheck, aStudio, someControls } from "./testing";

function typed(raws: { [field: string]: string }, controls: Partial<Controls> = {}): Typed {
  const all: { [field: string]: string } = { prompt: "A heron", ...raws };
  return {
    controls: someControls(controls),
    drafts: Object.keys(raws) as Field[],
    raw: (field) => all[field] ?? "",
    uploading: false,
  };
}

const local = (...given: Parameters<typeof typed>) =>
  Object.fromEntries(localProblems(typed(...given)));

describe("what the page sees by itself", () => {
  it("is nothing in a good form", () => {
    expect(local({ seed: "7", duration: "5", width: "640", height: "360" })).toEqual({});
  });

  it("is a prompt that is empty or too long", () => {
    expect(local({ prompt: " " })).toEqual({ prompt: "Write what the video should show." });
    expect(local({ prompt: "abc" }, { prompt_limits: [1, 2] })).toHaveProperty("prompt");
  });

  it("is a number that is none, or out of the model's range", () => {
    expect(local({ seed: "x", duration: "31", fps: "0", count: "101", width: "0" })).toEqual({
      seed: "Give a whole number of 0 or more.",
      duration: "Give a whole number from 1 to 30 seconds.",
      fps: "Give a whole number from 1 to 240 frames per second.",
      count: "Give a whole number from 1 to 100.",
      width: "Give a whole number from 1 to 16,384 pixels.",
      size: "Give both width and height, or neither.",
    });
  });

  it("is half a size", () => {
    expect(local({ width: "640" })).toHaveProperty("size");
    expect(local({ height: "360" })).toHaveProperty("size");
  });

  it("is a missing picture, unless one is on its way", () => {
    const given = typed({}, { needs_image: true });
    expect([...localProblems(given).keys()]).toEqual(["image"]);
    expect([...localProblems({ ...given, uploading: true }).keys()]).toEqual([]);
  });

  it("is an option that is no JSON or no number", () => {
    const option = { title: "", help: "", choices: [], step: null, usual: null };
    const options = [
      { ...option, name: "a", kind: "json" as const, low: null, high: null },
      { ...option, name: "b.c", kind: "number" as const, low: 0, high: 1 },
      { ...option, name: "d", kind: "whole" as const, low: null, high: null },
    ];
    const raws = { "option a": "{", "option b.c": "2", "option d": "1.5" };
    expect(Object.keys(local(raws, { options }))).toEqual(Object.keys(raws));
  });
});

function assessed(change: Partial<StudioTraits>, act: (desk: Desk) => void = () => {}) {
  const model = aStudio(change);
  const desk = new Desk(model);
  const close = desk.open(() => {});
  act(desk);
  const assessment = assess(desk, false);
  close();
  return assessment;
}

describe("what the kernel has said", () => {
  const check = aCheck({ problems: { seed: "Not today.", form: "No key." } });

  it("stands beside what the page sees, which goes first", () => {
    const problems = aCheck({ problems: { prompt: "Kernel's word.", seed: "Not today." } });
    const found = assessed({ prompt: "", check: problems });
    expect(Object.fromEntries(found.problems)).toEqual({
      prompt: "Write what the video should show.",
      seed: "Not today.",
    });
  });

  it("is out of date once the field is edited", () => {
    const found = assessed({ check }, (desk) => desk.put({ seed: 5 }));
    expect([...found.problems.keys()]).toEqual(["form"]);
  });

  it("of the size is out of date once either edge is edited, or wrong by itself", () => {
    const odd = aCheck({ problems: { size: "Odd number." } });
    const form = { width: 641, height: 360, check: odd };
    expect([...assessed(form).problems.keys()]).toEqual(["size"]);
    const found = assessed(form, (desk) => desk.type("width", "abc"));
    expect([...found.problems.keys()]).toEqual(["width"]);
    expect([...assessed(form, (desk) => desk.put({ height: 2 })).problems.keys()]).toEqual([]);
  });

  it("stands above the button where its field is not in the form", () => {
    const controls = someControls({ takes_seed: false });
    expect(homeless(assessed({ check, controls }))).toEqual(["Not today.", "No key."]);
    expect(homeless(assessed({ check }))).toEqual(["No key."]);
  });
});

it("keeps a field in sight that is set although the model does not take it", () => {
  const controls = someControls({ takes_fps: false });
  const form = assessed({ controls }).form;
  expect(isShown("fps", form, controls)).toBe(false);
  expect(isShown("fps", { ...form, fps: 24 }, controls)).toBe(true);
});
