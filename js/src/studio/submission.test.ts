import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Desk } from "./desk";
import { PAUSE } from "./drafts";
import { MOMENT } from "./freshness";
import { Picture } from "./picture";
import type { Answer, StudioTraits } from "./state";
import { PATIENCE, Submission } from "./submission";
import { aStudio, byHand, judge, someControls } from "./testing";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const click = () => byHand(new Event("click"));

function aSubmission(change: Partial<StudioTraits> = {}) {
  const model = aStudio(change);
  const desk = new Desk(model);
  const picture = new Picture(desk, () => {});
  // As the view does it: all is looked at again whenever it is drawn.
  const redraw = () => submission.settle();
  const submission = new Submission(desk, picture, () => {});
  desk.open(redraw);
  desk.onMessage((told) => submission.hear(told));
  const asked = () => model.sentOf("generate");
  const answer = (state: Answer["state"], message = "", id = asked().at(-1)?.id as string) =>
    model.change("answer", { id, state, message });
  return { model, desk, picture, submission, asked, answer };
}

describe("a click", () => {
  it("is one message with the fields that this page wrote", () => {
    const { desk, submission, asked, model } = aSubmission();
    desk.put({ duration: 5 });
    judge(model);
    expect(submission.ask(click())).toBe("");
    expect(asked()).toEqual([
      {
        kind: "generate",
        id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab]/),
        confirm: false,
        form: { duration: 5 },
      },
    ]);
  });

  it("is said to have no kernel where it cannot be sent, and may be made again", () => {
    const { submission, model } = aSubmission();
    judge(model);
    vi.spyOn(model, "send").mockImplementation(() => {
      throw new Error("Cannot send");
    });
    expect(submission.ask(click())).toBe("");
    expect(submission.refusal).toBe("The kernel is gone: run this cell again.");
    expect(submission.waiting).toBe(false);
  });

  it("counts only if a person made it", () => {
    const { submission, asked } = aSubmission();
    expect(submission.ask(new Event("click"))).not.toBe("");
    vi.advanceTimersByTime(MOMENT);
    submission.settle();
    expect(asked()).toEqual([]);
  });

  it("is never sent by what a page finds when it is opened again", () => {
    const states: Answer["state"][] = ["none", "checking", "confirm", "submitted", "refused"];
    for (const state of states) {
      const { submission, asked } = aSubmission({ answer: { id: "old", state, message: "old" } });
      submission.settle();
      vi.advanceTimersByTime(10_000);
      expect(asked()).toEqual([]);
      expect([submission.question, submission.refusal, submission.remark]).toEqual(["", "", ""]);
    }
  });

  it("is no use while something is wrong", () => {
    const { desk, submission, asked } = aSubmission();
    desk.type("seed", "x");
    expect(submission.ask(click())).toBe("Give a whole number of 0 or more.");
    desk.type("duration", "x");
    expect(submission.ask(click())).toBe("Some fields need a look.");
    expect(asked()).toEqual([]);
  });

  it("is no use while the kernel finds something wrong", () => {
    const { model, submission, asked } = aSubmission();
    judge(model, { problems: { form: "No key." } });
    expect(submission.ask(click())).toBe("No key.");
    expect(asked()).toEqual([]);
  });
});

describe("a second click", () => {
  it("is not sent before the first is answered", () => {
    const { submission, asked, answer } = aSubmission();
    submission.ask(click());
    expect(submission.ask(click())).toBe("The last request is not answered yet.");
    answer("checking");
    expect(submission.ask(click())).not.toBe("");
    answer("submitted", "", "of another window");
    expect(submission.ask(click())).not.toBe("");
    expect(asked()).toHaveLength(1);
    answer("submitted", "", asked()[0]?.id as string);
    expect(submission.ask(click())).toBe("");
    expect(asked()).toHaveLength(2);
    expect(new Set(asked().map(({ id }) => id)).size).toBe(2);
  });

  it("is not sent while another window's is looked at", () => {
    const { submission, asked, answer } = aSubmission();
    answer("checking", "", "of another window");
    expect(submission.ask(click())).not.toBe("");
    expect(asked()).toEqual([]);
  });
});

describe("a click right after the last key", () => {
  it("waits for the form's check, and goes out with the newest text", () => {
    const { model, desk, submission, asked } = aSubmission();
    desk.type("prompt", "A blue whale");
    expect(submission.ask(click())).toBe("");
    expect(model.get("prompt")).toBe("A blue whale");
    expect(asked()).toEqual([]);
    expect(submission.holding).toBe(true);
    judge(model);
    expect(asked()).toMatchObject([{ form: { prompt: "A blue whale" } }]);
    expect(submission.holding).toBe(false);
  });

  it("comes to nothing where the check finds something wrong", () => {
    const { model, desk, submission, asked } = aSubmission();
    desk.type("prompt", "A blue whale");
    submission.ask(click());
    judge(model, { problems: { prompt: "Not this one." } });
    vi.advanceTimersByTime(10_000);
    expect(asked()).toEqual([]);
    expect(submission.holding).toBe(false);
  });

  it("comes to nothing where the form is edited meanwhile", () => {
    const { model, desk, submission, asked } = aSubmission();
    desk.type("prompt", "A blue whale");
    submission.ask(click());
    desk.type("prompt", "A blue whale and");
    vi.advanceTimersByTime(PAUSE);
    judge(model);
    expect(asked()).toEqual([]);
  });

  it("waits only a moment for a busy kernel", () => {
    const { desk, submission, asked } = aSubmission();
    desk.type("prompt", "A blue whale");
    submission.ask(click());
    vi.advanceTimersByTime(MOMENT - 1);
    expect(asked()).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(asked()).toHaveLength(1);
  });

  it("comes to nothing with the view", () => {
    const { model, desk, submission, asked } = aSubmission();
    desk.type("prompt", "A blue whale");
    submission.ask(click());
    submission.close();
    judge(model);
    submission.settle();
    expect(asked()).toEqual([]);
  });
});

describe("a kernel that is busy", () => {
  it("is said to be, after a while", () => {
    const { submission } = aSubmission();
    submission.ask(click());
    vi.advanceTimersByTime(PATIENCE - 1);
    expect(submission.slow).toBe(false);
    vi.advanceTimersByTime(1);
    expect(submission.slow).toBe(true);
  });

  it("is not, once it has said anything", () => {
    const { submission, answer } = aSubmission();
    submission.ask(click());
    answer("checking");
    vi.advanceTimersByTime(PATIENCE);
    expect(submission.slow).toBe(false);
  });
});

describe("the kernel's question", () => {
  function questioned() {
    const all = aSubmission();
    all.submission.ask(click());
    all.answer("confirm", "This costs $1.40.");
    return all;
  }

  it("is answered by a request with an id of its own", () => {
    const { submission, asked } = questioned();
    expect(submission.question).toBe("This costs $1.40.");
    expect(submission.ask(click())).toBe("The question is not answered yet.");
    expect(submission.ask(click(), true)).toBe("");
    expect(asked().map(({ confirm }) => confirm)).toEqual([false, true]);
    expect(asked()[0]?.id).not.toBe(asked()[1]?.id);
    expect(submission.question).toBe("");
  });

  it("can be answered by a script as little as it can be asked", () => {
    const { submission, asked } = questioned();
    submission.ask(new Event("click"), true);
    expect(asked()).toHaveLength(1);
  });

  it("goes away with Not now", () => {
    const { submission, asked } = questioned();
    submission.dismiss();
    expect(submission.question).toBe("");
    expect(submission.ask(click())).toBe("");
    expect(asked()).toHaveLength(2);
  });

  it("goes away when the form changes, because the price was that of another", () => {
    const { desk, submission } = questioned();
    desk.type("prompt", "A blue whale");
    expect(submission.question).toBe("");
    vi.advanceTimersByTime(PAUSE);
    expect(submission.question).toBe("");
  });

  it("goes away when the form is changed elsewhere", () => {
    const { model, submission } = questioned();
    model.change("duration", 30);
    expect(submission.question).toBe("");
  });
});

describe("an answer", () => {
  it("that refuses is told until the next request", () => {
    const { submission, answer } = aSubmission();
    submission.ask(click());
    answer("refused", "The budget is used up.");
    expect(submission.refusal).toBe("The budget is used up.");
    submission.ask(click());
    expect(submission.refusal).toBe("");
  });

  it("that takes it may come with a remark, and shows the new job", () => {
    const { model, submission, answer } = aSubmission({ shown: "older" });
    submission.ask(click());
    expect(model.get("shown")).toBe("older");
    answer("submitted", "Another model ran.");
    expect(submission.remark).toBe("Another model ran.");
    expect(model.get("shown")).toBe("");
  });

  it("can be that the message made no sense", () => {
    const { model, submission, asked } = aSubmission();
    submission.ask(click());
    model.tell({ kind: "refused", request: "another", message: "No." });
    expect(submission.waiting).toBe(true);
    model.tell({ kind: "refused", request: asked()[0]?.id, message: "message generate: odd" });
    expect(submission.refusal).toBe("message generate: odd");
    expect(submission.waiting).toBe(false);
  });
});

it("waits for a picture on its way", async () => {
  const controls = someControls({ needs_image: true });
  const { model, picture, submission, asked } = aSubmission({ controls });
  const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0]);
  await picture.take(new File([png], "koi.png"));
  expect(submission.ask(click())).toBe("The picture is still on its way.");
  model.change("image", "/home/koi.png");
  picture.hear({ kind: "uploaded", id: picture.upload?.id ?? "", received: 12 });
  judge(model);
  expect(submission.ask(click())).toBe("");
  expect(asked()).toHaveLength(1);
});
