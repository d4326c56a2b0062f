import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { FakeModel } from "../shared/fakeModel";
import { Desk } from "./desk";
import { PAUSE } from "./drafts";
import { MOMENT } from "./freshness";
import { assess } from "./problems";
import type { StudioTraits } from "./state";
import { aStudio, judge, someControls } from "./testing";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function atDesk(change: Partial<StudioTraits> = {}) {
  const model = aStudio(change);
  const desk = new Desk(model);
  const redraw = vi.fn();
  const close = desk.open(redraw);
  return { model, desk, redraw, close };
}

function savedBy(model: FakeModel<StudioTraits>) {
  return Object.assign({}, ...model.saved);
}

const option = {
  name: "cfg",
  title: "CFG",
  help: "",
  kind: "number",
  choices: [],
  low: 0,
  high: 1,
  step: null,
  usual: null,
} as const;
const withOption = () => someControls({ options: [{ ...option, choices: [] }] });

describe("typing", () => {
  it("writes the trait after a pause, in one message", () => {
    const { model, desk } = atDesk();
    desk.type("prompt", "A whale");
    desk.type("prompt", "A whale sings");
    expect(model.saved).toEqual([]);
    expect(desk.raw("prompt")).toBe("A whale sings");
    vi.advanceTimersByTime(PAUSE);
    expect(model.saved).toEqual([{ prompt: "A whale sings" }]);
  });

  it("writes no number that is none, and keeps its text", () => {
    const { model, desk } = atDesk({ seed: 7 });
    desk.type("seed", "7.5");
    desk.leave("seed");
    expect(model.saved).toEqual([]);
    expect(model.get("seed")).toBe(7);
    expect(desk.raw("seed")).toBe("7.5");
  });

  it("says nothing to the kernel about what is the same", () => {
    const { model, desk } = atDesk({ seed: 7 });
    desk.type("seed", "007");
    desk.leave("seed");
    expect(model.saved).toEqual([]);
    expect(desk.raw("seed")).toBe("7");
  });

  it("gives an emptied field back to the model", () => {
    const { model, desk } = atDesk({ seed: 7, negative_prompt: "people" });
    desk.type("seed", "");
    desk.type("negative_prompt", "  ");
    desk.type("count", "");
    desk.drafts.flushAll();
    expect(savedBy(model)).toEqual({ seed: null, negative_prompt: null });
  });

  it("is not lost with the view", () => {
    const { model, desk, close } = atDesk();
    desk.type("prompt", "A whale");
    close();
    expect(savedBy(model)).toEqual({ prompt: "A whale" });
    expect(model.listening()).toBe(0);
  });
});

describe("options", () => {
  it("are written by name, beside the others", () => {
    const { model, desk } = atDesk({ controls: withOption(), options: { other: [1] } });
    desk.type("option cfg", "0.5");
    desk.leave("option cfg");
    expect(model.get("options")).toEqual({ other: [1], cfg: 0.5 });
    desk.putOption("cfg", null);
    expect(model.get("options")).toEqual({ other: [1] });
  });

  it("are a new dictionary each time, or hosts would see no change", () => {
    const { model, desk } = atDesk({ options: { a: 1 } });
    const before = model.get("options");
    desk.putOption("b", 2);
    expect(model.get("options")).not.toBe(before);
    expect(before).toEqual({ a: 1 });
  });
});

describe("a change from elsewhere", () => {
  it("shows in the field", () => {
    const { model, desk } = atDesk({ seed: 7 });
    desk.type("seed", "8");
    vi.advanceTimersByTime(PAUSE);
    model.change("seed", 9);
    expect(desk.raw("seed")).toBe("9");
  });

  it("takes the place of a text that meant nothing", () => {
    const { model, desk } = atDesk({ duration: 5 });
    desk.type("duration", "five");
    desk.leave("duration");
    model.change("duration", 10);
    expect(desk.raw("duration")).toBe("10");
  });

  it("does not undo what is typed at this moment", () => {
    const { model, desk } = atDesk();
    desk.type("prompt", "A whale");
    model.change("prompt", "A heron");
    expect(desk.raw("prompt")).toBe("A whale");
    vi.advanceTimersByTime(PAUSE);
    expect(model.get("prompt")).toBe("A whale");
  });
});

it("writes what the new model can take and the old could not", () => {
  const { model, desk } = atDesk({ controls: someControls({ duration_range: [1, 10] }) });
  desk.type("duration", "20");
  desk.leave("duration");
  expect(model.get("duration")).toBeNull();
  model.change("controls", someControls({ duration_range: [1, 30] }));
  expect(model.get("duration")).toBe(20);
});

describe("what a message brings along", () => {
  it("is what this page wrote, and not what came from elsewhere", () => {
    const { model, desk } = atDesk({ seed: 1 });
    desk.put({ duration: 5 });
    desk.type("seed", "2");
    desk.drafts.flushAll();
    expect(desk.own).toEqual({ duration: 5, seed: 2 });
    model.change("seed", 3);
    expect(desk.own).toEqual({ duration: 5 });
  });
});

describe("a sentence about a field that moved", () => {
  const moved = { duration: "so 20 became 10" };

  it("stands until the next edit of the field", () => {
    const { desk } = atDesk({ controls: someControls({ moved }) });
    expect(desk.moved("duration")).toBe("so 20 became 10");
    expect(desk.moved("seed")).toBe("");
    desk.type("seed", "1");
    expect(desk.moved("duration")).toBe("so 20 became 10");
    desk.put({ duration: 4 });
    expect(desk.moved("duration")).toBe("");
  });

  it("is said again when the next model moves it", () => {
    const { model, desk } = atDesk({ controls: someControls({ moved }) });
    desk.put({ duration: 4 });
    desk.put({ model: "preview/two" });
    model.change("controls", someControls({ model: "preview/two", moved }));
    expect(desk.moved("duration")).toBe("so 20 became 10");
  });
});

describe("the kernel's check", () => {
  const state = (desk: Desk) => {
    const { stale, coming } = assess(desk, false);
    return { stale, coming };
  };

  it("is waited for after each change", () => {
    const { model, desk } = atDesk();
    expect(state(desk)).toEqual({ stale: false, coming: false });
    desk.type("prompt", "A whale");
    expect(state(desk)).toEqual({ stale: true, coming: true });
    vi.advanceTimersByTime(PAUSE);
    expect(state(desk)).toEqual({ stale: true, coming: true });
    judge(model);
    expect(state(desk)).toEqual({ stale: false, coming: false });
  });

  it("may come late, about a form that was changed since", () => {
    const { model, desk } = atDesk();
    desk.put({ duration: 5 });
    const { form } = desk;
    desk.put({ duration: 6 });
    judge(model, { form, problems: { duration: "Allowed: 1 to 4." } });
    expect(state(desk)).toEqual({ stale: true, coming: true });
    expect(assess(desk, false).problems.size).toBe(0);
    judge(model, { problems: { duration: "Allowed: 1 to 4." } });
    expect(state(desk)).toEqual({ stale: false, coming: false });
    expect(assess(desk, false).problems.get("duration")).toBe("Allowed: 1 to 4.");
  });

  it("holds again for what was edited and put back", () => {
    const { model, desk } = atDesk({ seed: 7 });
    judge(model, { problems: { seed: "Allowed: 1 to 4." } });
    desk.type("seed", "77");
    expect(assess(desk, false).problems.size).toBe(0);
    desk.type("seed", "7");
    desk.leave("seed");
    expect(assess(desk, false).problems.get("seed")).toBe("Allowed: 1 to 4.");
  });

  it("knows a picture inside the form by that alone", () => {
    const { model, desk } = atDesk();
    model.change("image", "data:image/png;base64,AAAA");
    expect(state(desk).stale).toBe(true);
    judge(model, { form: { ...desk.form, image: "data:" } });
    expect(state(desk).stale).toBe(false);
  });

  it("is waited for only a moment, and the page is drawn anew then", () => {
    const { desk, redraw } = atDesk();
    desk.put({ duration: 5 });
    redraw.mockClear();
    vi.advanceTimersByTime(MOMENT);
    expect(state(desk)).toEqual({ stale: true, coming: false });
    expect(redraw).toHaveBeenCalled();
  });

  it("is not waited for when nothing has changed after all", () => {
    const { desk } = atDesk();
    desk.type("prompt", "A heron in the morning mis");
    desk.type("prompt", "A heron in the morning mist");
    vi.advanceTimersByTime(PAUSE);
    expect(state(desk)).toEqual({ stale: false, coming: false });
  });

  it("comes with the new model's controls", () => {
    const { model, desk } = atDesk();
    desk.put({ model: "preview/two" });
    judge(model);
    expect(state(desk).coming).toBe(true);
    model.change("controls", someControls({ model: "preview/two" }));
    expect(state(desk).coming).toBe(false);
  });
});
