import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { type FakeModel, fakeModel } from "./fakeModel";
import { answer, aVideo, draw } from "./testing";
import { usePoster, useVideo, type VideoSource } from "./videos";

const DATA = "data:video/mp4;base64,AQID";
const PICTURE = "data:image/jpeg;base64,AQID";
let model: FakeModel<object>;
let seen: VideoSource;

beforeEach(() => {
  vi.useFakeTimers();
  delete (globalThis as Record<symbol, unknown>)[Symbol.for("llmkit-jupyter.videos")];
  document.body.innerHTML = "";
  model = fakeModel({});
  vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:1");
  vi.spyOn(URL, "revokeObjectURL").mockReturnValue();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function Video({ wanted = true, task_id = "3f0c" }) {
  seen = useVideo(model, aVideo({ task_id }), wanted);
  return null;
}

function Poster({ wanted = true }) {
  return <p>{usePoster(model, "3f0c", wanted)}</p>;
}

const pass = (milliseconds: number) => act(() => void vi.advanceTimersByTime(milliseconds));

function output(src: string, more = ""): HTMLElement {
  const figure = document.createElement("figure");
  figure.className = "llmkit-video llmkit-task-3f0c";
  figure.innerHTML = `<video ${more}></video>`;
  figure.firstElementChild?.setAttribute("src", src);
  return document.body.appendChild(figure);
}

test.each([DATA, "/files/llmkit_media/a.mp4?1", `${location.origin}/files/a.mp4`])(
  "a video that the page has is not fetched: %s",
  (src) => {
    output(src);
    draw(<Video />);
    pass(60_000);
    expect(seen).toMatchObject({ url: src, source: "page", share: 1, problem: null });
    expect(model.sent).toEqual([]);
  },
);

test("the output of a job that was just done is waited for", () => {
  draw(<Video />);
  pass(200);
  output(DATA);
  pass(100);
  expect(seen).toMatchObject({ url: DATA, source: "page" });
  expect(model.sent).toEqual([]);
});

test("an output that is very late comes before a kernel that is busy", () => {
  draw(<Video />);
  pass(300);
  pass(3000);
  expect(seen).toMatchObject({ source: "kernel", busy: true });
  output(DATA);
  pass(1000);
  expect(seen).toMatchObject({ url: DATA, source: "page", busy: false });
  act(() => answer(model, [1]));
  expect(seen).toMatchObject({ url: DATA, source: "page" });
});

test("what has come from the kernel stays, whatever comes later", () => {
  draw(<Video />);
  pass(300);
  act(() => answer(model, [1]));
  output(DATA);
  pass(60_000);
  expect(seen).toMatchObject({ url: "blob:1", source: "kernel" });
});

test("an address that JupyterLab is still asking for is waited for", () => {
  const figure = output("");
  draw(<Video />);
  pass(1000);
  expect(seen.source).toBeNull();
  figure.firstElementChild?.setAttribute("src", "/files/a.mp4");
  pass(100);
  expect(seen).toMatchObject({ url: "/files/a.mp4", source: "page" });
  expect(model.sent).toEqual([]);
});

test.each([
  "",
  "llmkit_media/a.mp4",
  "https://elsewhere.example/a.mp4",
  "//elsewhere.example/a.mp4",
  "/\\elsewhere.example/a.mp4",
  "blob:https://elsewhere.example/3f0c",
  "javascript:alert(1)",
  " JavaScript:alert(1)",
  "java\nscript:alert(1)",
  "data:text/html,x",
])("an address that is none of ours is left alone, and the video fetched: %j", (src) => {
  output(src);
  draw(<Video />);
  pass(2100);
  expect(model.sent).toHaveLength(1);
  act(() => answer(model, [1]));
  expect(seen).toMatchObject({ url: "blob:1", source: "kernel" });
});

test("an output of another task is another video", () => {
  output(DATA).className = "llmkit-task-9999";
  draw(<Video />);
  pass(300);
  expect(model.sent).toHaveLength(1);
});

test("nothing is fetched before it is wanted", () => {
  const root = draw(<Video wanted={false} />);
  pass(60_000);
  expect(model.sent).toEqual([]);
  expect(seen).toMatchObject({ url: null, source: null });
  draw(<Video />, root);
  pass(300);
  expect(model.sent).toHaveLength(1);
});

test("a page's address that cannot be played gives way to the kernel's", () => {
  output("/files/deleted.mp4");
  draw(<Video />);
  act(() => seen.failed());
  pass(0);
  act(() => answer(model, [1]));
  expect(seen).toMatchObject({ url: "blob:1", source: "kernel" });
});

test("how far it is, and that the kernel is busy, is known", () => {
  draw(<Video />);
  pass(300);
  act(() => answer(model, [1], { total: 4 }));
  expect(seen).toMatchObject({ share: 0.25, busy: false, url: null });
  pass(3000);
  expect(seen).toMatchObject({ share: 0.25, busy: true });
});

test("another video shows nothing of the one before", () => {
  const root = draw(<Video />);
  pass(300);
  act(() => answer(model, [1]));
  draw(<Video task_id="77aa" />, root);
  expect(seen.url).toBeNull();
  pass(300);
  expect(model.sentOf("fetch").at(-1)).toMatchObject({ task_id: "77aa" });
});

test("not even for a moment another video has the address of the one before", () => {
  output(DATA);
  const urls: (string | null)[] = [];
  function Watched({ task_id }: { task_id: string }) {
    const { url } = useVideo(model, aVideo({ task_id }), true);
    if (task_id === "77aa") urls.push(url);
    return null;
  }
  const root = draw(<Watched task_id="3f0c" />);
  draw(<Watched task_id="77aa" />, root);
  expect(new Set(urls)).toEqual(new Set([null]));
});

test("a poster is taken from the page, where that has one", () => {
  output(DATA, `poster="${PICTURE}"`);
  expect(draw(<Poster />).textContent).toBe(PICTURE);
  pass(60_000);
  expect(model.sent).toEqual([]);
});

test("a video on the page needs no poster from the kernel", () => {
  output(DATA, 'poster="https://elsewhere.example/a.jpg"');
  expect(draw(<Poster />).textContent).toBe("");
  pass(60_000);
  expect(model.sent).toEqual([]);
});

test("a poster comes from the kernel, or not at all", () => {
  const root = draw(<Poster />);
  pass(300);
  expect(model.sent).toMatchObject([{ kind: "fetch", part: "poster" }]);
  act(() => model.tell({ kind: "refused", request: "3f0c poster 0", message: "None." }));
  expect(root.textContent).toBe("");
  draw(null, root);
  pass(10_000);
  const again = draw(<Poster />);
  pass(300);
  act(() => answer(model, [1]));
  expect(again.textContent).toBe("blob:1");
});

test("a poster is not fetched before it is wanted", () => {
  draw(<Poster wanted={false} />);
  pass(60_000);
  expect(model.sent).toEqual([]);
});
