import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { fakeModel } from "./fakeModel";
import { GRACE, type Held, hold } from "./files";
import { answer } from "./testing";
import { BUSY_AFTER } from "./transfer";

const aModel = () => fakeModel({});
let made: Blob[];
let revoked: string[];
let held: Held[];
const changed = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
  delete (globalThis as Record<symbol, unknown>)[Symbol.for("llmkit-jupyter.videos")];
  made = [];
  revoked = [];
  held = [];
  changed.mockReset();
  vi.spyOn(URL, "createObjectURL").mockImplementation((file) => `blob:${made.push(file as Blob)}`);
  vi.spyOn(URL, "revokeObjectURL").mockImplementation((url) => void revoked.push(url));
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function use(model = aModel(), task_id = "t1", part: "video" | "poster" = "video") {
  const mine = hold(model, task_id, part, changed);
  held.push(mine);
  return { model, mine };
}

async function bytesOfBlob(file: Blob | undefined): Promise<number[]> {
  return [...new Uint8Array((await file?.arrayBuffer()) ?? new ArrayBuffer(0))];
}

test("a file comes piece by piece, and its parts only", async () => {
  const { model, mine } = use();
  expect(model.sent).toEqual([
    { kind: "fetch", request: "t1 video 0", task_id: "t1", part: "video", start: 0, text: false },
  ]);
  const message = new Uint8Array([8, 8, 1, 2, 8]);
  answer(model, [1, 2], { total: 5, parts: [new DataView(message.buffer, 2, 2)] });
  expect(mine.state()).toMatchObject({ url: null, share: 0.4 });
  answer(model, [3, 4], { total: 5 });
  answer(model, [5], { total: 5 });
  expect(model.sentOf("fetch").map(({ start }) => start)).toEqual([0, 2, 4]);
  expect(mine.state()).toEqual({ url: "blob:1", share: 0, busy: false, problem: null });
  expect(await bytesOfBlob(made[0])).toEqual([1, 2, 3, 4, 5]);
  expect(model.listening()).toBe(0);
});

test.each([
  ["an array", new Uint8Array([1, 2])],
  ["a buffer", new Uint8Array([1, 2]).buffer],
  ["base64", "AQI="],
])("a piece may come as %s", async (_, part) => {
  const { model } = use();
  answer(model, [], { total: 2, parts: [part] });
  expect(await bytesOfBlob(made[0])).toEqual([1, 2]);
});

test("a host that loses bytes gets them as text, from then on", async () => {
  const { model } = use();
  answer(model, [1, 2], { total: 4, parts: [] });
  expect(model.sentOf("fetch").at(-1)).toMatchObject({ start: 0, text: true });
  answer(model, [1, 2], { total: 4 });
  answer(model, [3, 4], { total: 4 });
  expect(await bytesOfBlob(made[0])).toEqual([1, 2, 3, 4]);
  const next = use(aModel(), "t2");
  expect(next.model.sentOf("fetch")).toMatchObject([{ text: true }]);
});

test("a host that loses text as well is a problem, not a loop", () => {
  const { model, mine } = use();
  answer(model, [], { total: 4, parts: [] });
  answer(model, [], { total: 4 });
  expect(mine.state().problem).toBe("The video did not arrive whole.");
  expect(model.sent).toHaveLength(2);
});

test("two views share one address, which ends with the second", () => {
  const { model, mine } = use();
  answer(model, [1]);
  const second = use();
  expect(second.mine.state().url).toBe("blob:1");
  expect(second.model.sent).toEqual([]);
  mine.release();
  vi.advanceTimersByTime(GRACE * 2);
  expect(revoked).toEqual([]);
  second.mine.release();
  second.mine.release();
  expect(revoked).toEqual([]);
  vi.advanceTimersByTime(GRACE);
  expect(revoked).toEqual(["blob:1"]);
  expect(use().model.sent).toHaveLength(1);
});

test("a view that is drawn anew fetches nothing twice", () => {
  const { model, mine } = use();
  answer(model, [1]);
  mine.release();
  vi.advanceTimersByTime(GRACE - 1);
  expect(use(model).mine.state().url).toBe("blob:1");
  vi.advanceTimersByTime(GRACE * 2);
  expect(revoked).toEqual([]);
});

test("a late answer is waited for, said to be late, and asked for once", () => {
  const { model, mine } = use();
  vi.advanceTimersByTime(BUSY_AFTER - 1);
  expect(mine.state().busy).toBe(false);
  vi.advanceTimersByTime(1);
  expect(mine.state().busy).toBe(true);
  expect(changed).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(600_000);
  expect(model.sent).toHaveLength(1);
  answer(model, [1]);
  expect(mine.state()).toMatchObject({ url: "blob:1", busy: false });
});

test("a kernel that answers in time is not said to be busy", () => {
  const { model, mine } = use();
  vi.advanceTimersByTime(BUSY_AFTER - 1);
  answer(model, [1], { total: 2 });
  vi.advanceTimersByTime(BUSY_AFTER - 1);
  expect(mine.state().busy).toBe(false);
});

test("while an answer is to come, one who goes and returns asks for nothing again", () => {
  const { model, mine } = use();
  mine.release();
  vi.advanceTimersByTime(600_000);
  const back = use(model);
  expect(model.sent).toHaveLength(1);
  answer(model, [1]);
  expect(back.mine.state().url).toBe("blob:1");
});

test("a file that nobody wants any more is not read on", () => {
  const { model, mine } = use();
  mine.release();
  vi.advanceTimersByTime(GRACE);
  answer(model, [1], { total: 2 });
  expect(model.sent).toHaveLength(1);
  expect(model.listening()).toBe(0);
  expect(use().model.sent).toMatchObject([{ start: 0 }]);
});

test("a file whose last piece nobody wants leaves no address", () => {
  const { model, mine } = use();
  mine.release();
  vi.advanceTimersByTime(GRACE);
  answer(model, [1]);
  expect(revoked).toEqual(["blob:1"]);
});

test("another widget goes on where the first one ended", async () => {
  const { model, mine } = use();
  const second = use();
  answer(model, [1, 2], { total: 3 });
  mine.release();
  expect(second.model.sentOf("fetch")).toMatchObject([{ start: 2 }]);
  expect(model.listening()).toBe(0);
  answer(second.model, [3], { total: 3 });
  expect(await bytesOfBlob(made[0])).toEqual([1, 2, 3]);
});

test("a refusal is shown, and asked again when a person says so", () => {
  const { model, mine } = use();
  model.tell({ kind: "refused", request: "t1 video 0", message: "Gone." });
  expect(mine.state().problem).toBe("Gone.");
  expect(model.sent).toHaveLength(1);
  mine.retry();
  expect(mine.state().problem).toBeNull();
  answer(model, [1]);
  expect(mine.state().url).toBe("blob:1");
  mine.retry();
  expect(model.sent).toHaveLength(2);
});

test("answers to other questions are not ours", () => {
  const { model, mine } = use();
  model.tell({ kind: "refused", request: "t1 poster 0", message: "No." });
  model.tell({ kind: "refused", request: null, message: "No." });
  model.tell({ kind: "uploaded", id: "t1 video 0", received: 1 });
  model.tell("t1 video 0");
  model.tell(null);
  expect(mine.state().problem).toBeNull();
});

test.each([
  ["of another length", { start: 0, total: 9 }, { start: 1, total: 8 }],
  ["from another place", { start: 0, total: 9 }, { start: 0, total: 9 }],
])("pieces of a file that is %s are not put together", (_, first, second) => {
  const { model, mine } = use();
  const tell = (told: object, request: string) =>
    model.tell({ kind: "piece", request, mime: "video/mp4", data: null, ...told }, ["AQ=="]);
  tell(first, "t1 video 0");
  tell(second, "t1 video 1");
  expect(mine.state().problem).toBe("The video's file has changed while it was read.");
});

test("more bytes than the file has are not taken", () => {
  const { model, mine } = use();
  answer(model, [1, 2, 3], { total: 2 });
  expect(mine.state().problem).toBe("The video did not arrive whole.");
});

test.each([
  ["text/html", "video/mp4"],
  ["video/webm", "video/webm"],
  ["video/mp4; x=<script>", "video/mp4"],
])("a file that is said to be %s is a %s: never a page of the notebook's origin", (said, type) => {
  const { model } = use();
  answer(model, [1], { mime: said });
  expect(made[0]?.type).toBe(type);
});

test("a poster is a picture whatever is said", () => {
  const { model } = use(aModel(), "t1", "poster");
  expect(model.sent).toMatchObject([{ part: "poster", request: "t1 poster 0" }]);
  answer(model, [1], { mime: "image/svg+xml" });
  expect(made[0]?.type).toBe("image/jpeg");
});

test("a kernel that is gone is said at once", () => {
  const model = aModel();
  vi.spyOn(model, "send").mockImplementation(() => {
    throw new Error("Cannot send");
  });
  expect(use(model).mine.state().problem).toBe("The kernel that has the video is gone.");
  expect(model.listening()).toBe(0);
});
