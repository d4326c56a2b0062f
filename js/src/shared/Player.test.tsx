import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { type FakeModel, fakeModel } from "./fakeModel";
import { Player, type PlayerProps } from "./Player";
import { answer, aVideo, draw } from "./testing";

let model: FakeModel<object>;
let root: HTMLElement;
let see: (inView: boolean) => void;
const onLoop = vi.fn();
const onSpeed = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
  delete (globalThis as Record<symbol, unknown>)[Symbol.for("llmkit-jupyter.videos")];
  document.body.innerHTML = "";
  model = fakeModel({});
  vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:1");
  vi.spyOn(URL, "revokeObjectURL").mockReturnValue();
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      constructor(told: (entries: { isIntersecting: boolean }[]) => void) {
        see = (isIntersecting) => act(() => told([{ isIntersecting }]));
      }
      observe() {}
      disconnect() {}
    },
  );
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const pass = (milliseconds: number) => act(() => void vi.advanceTimersByTime(milliseconds));
const video = () => root.querySelector("video") as HTMLVideoElement;
const labelled = (label: string) => root.querySelector(`[aria-label="${label}"]`) as HTMLElement;
const seek = () => labelled("Position") as HTMLInputElement;

function show(props: Partial<PlayerProps> = {}, into?: HTMLElement): void {
  const given = { model, video: aVideo(), loop: false, speed: 1, onLoop, onSpeed, ...props };
  root = draw(<Player {...given} />, into);
}

/** Shows a player, brings it into view, and has the browser load its video. */
function load(props: Partial<PlayerProps> = {}): void {
  show(props);
  see(true);
  pass(300);
  act(() => answer(model, [1]));
  loaded();
}

function loaded(): void {
  Object.defineProperty(video(), "readyState", { value: 4, configurable: true });
  Object.defineProperty(video(), "duration", { value: 2, configurable: true });
  act(() => {
    video().dispatchEvent(new Event("loadedmetadata"));
    video().dispatchEvent(new Event("loadeddata"));
  });
}

function press(key: string, on: Element = root.querySelector(".lk-player") as Element): Event {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
  act(() => void on.dispatchEvent(event));
  return event;
}

test("a player out of view fetches nothing; one in view its picture and its video", () => {
  show();
  pass(60_000);
  expect(model.sent).toEqual([]);
  expect(video().hasAttribute("src")).toBe(false);
  see(true);
  pass(300);
  expect(model.sentOf("fetch").map(({ part }) => part)).toEqual(["poster", "video"]);
});

test("out of view there is no decoder; the position is kept and playing goes on", () => {
  load();
  act(() => labelled("Play").click());
  video().currentTime = 1.5;
  see(false);
  expect(video().hasAttribute("src")).toBe(false);
  pass(60_000);
  see(true);
  expect(video().getAttribute("src")).toBe("blob:1");
  const play = vi.spyOn(video(), "play");
  video().currentTime = 0;
  act(() => void video().dispatchEvent(new Event("loadedmetadata")));
  expect(video().currentTime).toBe(1.5);
  expect(play).toHaveBeenCalled();
  // The file itself stayed where it was.
  expect(model.sentOf("fetch")).toHaveLength(2);
});

test("play and pause, with the button, the picture and the space bar", () => {
  load();
  expect(video().paused).toBe(true);
  act(() => labelled("Play").click());
  expect(video().paused).toBe(false);
  act(() => labelled("Pause").click());
  expect(video().paused).toBe(true);
  expect(press(" ").defaultPrevented).toBe(true);
  expect(video().paused).toBe(false);
  act(() => video().click());
  expect(video().paused).toBe(true);
});

test("a space bar on a button is the button's", () => {
  load();
  expect(press(" ", labelled("Loop")).defaultPrevented).toBe(false);
  expect(video().paused).toBe(true);
});

test("arrows seek, within the video", () => {
  load();
  press("ArrowRight");
  expect(video().currentTime).toBe(1);
  press("ArrowRight", seek());
  press("ArrowRight");
  expect(video().currentTime).toBe(2);
  press("ArrowLeft");
  press("ArrowLeft");
  press("ArrowLeft");
  expect(video().currentTime).toBe(0);
});

test("the bar seeks, and says where it is", () => {
  load();
  seek().value = "1.25";
  act(() => void seek().dispatchEvent(new Event("input", { bubbles: true })));
  expect(video().currentTime).toBe(1.25);
  expect(seek().getAttribute("aria-valuetext")).toBe("1.2 of 2.0 seconds");
  expect(root.querySelector(".lk-time")?.textContent).toBe("0:01.2 / 0:02.0");
});

test.each([
  ["a frame rate of its own", 10, 0.15],
  ["none that is known", null, 1.5 / 24],
])("single frames, of a video with %s", (_, fps, second) => {
  load({ video: aVideo({ fps }) });
  act(() => labelled("One frame forward").click());
  expect(video().currentTime).toBeCloseTo(second);
  press(".");
  press(",");
  expect(video().currentTime).toBeCloseTo(second);
  press(",");
  press(",");
  // The middle of the first frame.
  expect(video().currentTime).toBeCloseTo(second / 3);
});

test("a single frame halts the video, and there is none after the last", () => {
  load();
  act(() => labelled("Play").click());
  video().currentTime = 1.99;
  press(".");
  expect(video().paused).toBe(true);
  expect(video().currentTime).toBeCloseTo(1.95);
});

test("keys with a modifier are the browser's", () => {
  load();
  const event = new KeyboardEvent("keydown", { key: "ArrowRight", altKey: true, bubbles: true });
  act(() => void root.querySelector(".lk-player")?.dispatchEvent(event));
  expect(video().currentTime).toBe(0);
});

test("loop and speed are told, and done as told", () => {
  load({ loop: false, speed: 0.5 });
  expect(video().loop).toBe(false);
  expect(video().playbackRate).toBe(0.5);
  act(() => labelled("Loop").click());
  expect(onLoop).toHaveBeenCalledWith(true);
  const speed = labelled("Speed") as HTMLSelectElement;
  expect(speed.value).toBe("0.5");
  speed.value = "2";
  act(() => void speed.dispatchEvent(new Event("change", { bubbles: true })));
  expect(onSpeed).toHaveBeenCalledWith(2);
  show({ loop: true, speed: 2 }, root);
  expect(video().loop).toBe(true);
  expect(video().playbackRate).toBe(2);
  expect(labelled("Loop").getAttribute("aria-pressed")).toBe("true");
});

test("a speed that is none of ours is shown as well, and kept to what browsers play", () => {
  load({ speed: 1.1 });
  expect((labelled("Speed") as HTMLSelectElement).value).toBe("1.1");
  show({ speed: 99 }, root);
  expect(video().playbackRate).toBe(16);
});

test("a video with sound can be muted, another has no button for it", () => {
  load();
  expect(labelled("Mute")).toBeNull();
  Object.assign(video(), { webkitAudioDecodedByteCount: 100 });
  act(() => void video().dispatchEvent(new Event("timeupdate")));
  expect(video().muted).toBe(false);
  act(() => labelled("Mute").click());
  expect(video().muted).toBe(true);
});

test("the download has the file's name, and no address before there is one", () => {
  show();
  const link = () => root.querySelector(".lk-controls a") as HTMLAnchorElement;
  expect(link().hasAttribute("href")).toBe(false);
  expect(link().getAttribute("aria-disabled")).toBe("true");
  see(true);
  pass(300);
  act(() => answer(model, [1]));
  expect(link().getAttribute("href")).toBe("blob:1");
  expect(link().download).toBe("a-garden.mp4");
});

test("a video that the browser cannot play is said to be, and offered for download", () => {
  load();
  act(() => void video().dispatchEvent(new Event("error")));
  const notice = root.querySelector('[role="alert"]');
  expect(notice?.textContent).toContain("This browser cannot play this video (video/mp4).");
  expect(notice?.querySelector("a")?.download).toBe("a-garden.mp4");
  expect((labelled("Play") as HTMLButtonElement).disabled).toBe(true);
});

test("a problem is shown as text, with another try", () => {
  show();
  see(true);
  pass(300);
  act(() => model.tell({ kind: "refused", request: "3f0c video 0", message: "<b>Gone</b>" }));
  const notice = root.querySelector('[role="alert"]');
  expect(notice?.textContent).toContain("<b>Gone</b>");
  act(() => notice?.querySelector("button")?.click());
  act(() => answer(model, [1]));
  expect(video().getAttribute("src")).toBe("blob:1");
});

test("a busy kernel is said after a while", () => {
  show();
  see(true);
  pass(300);
  expect(root.querySelector(".lk-notice")?.textContent).toBe("Loading the video");
  pass(3000);
  expect(root.querySelector(".lk-notice")?.textContent).toBe(
    "The kernel is busy; the video follows.",
  );
});

test("details can be read, and the task id copied", async () => {
  const writeText = vi.fn(async () => {});
  vi.stubGlobal("navigator", { clipboard: { writeText } });
  load();
  const terms = [...root.querySelectorAll("dt")].map((term) => term.textContent);
  expect(terms).toEqual(["Seed", "Task id"]);
  await act(async () => {
    labelled("Copy the task id").click();
    await writeText.mock.results[0]?.value;
  });
  expect(writeText).toHaveBeenCalledWith("3f0c");
  expect(root.querySelector(".lk-details [role=status]")?.textContent).toBe("Copied");
});

test("a long prompt is whole in the details, and short in the label", () => {
  load({ video: aVideo({ prompt: "word ".repeat(200) }) });
  expect(root.querySelector("dd")?.textContent).toBe("word ".repeat(200));
  expect(root.querySelector(".lk-player")?.getAttribute("aria-label")?.length).toBeLessThan(140);
});

test("where nothing can be copied, that is said", async () => {
  vi.stubGlobal("navigator", {});
  document.execCommand = () => false;
  load();
  await act(async () => labelled("Copy the task id").click());
  expect(root.querySelector(".lk-details [role=status]")?.textContent).toBe("Cannot copy here");
});

test("another video begins at its beginning", () => {
  load();
  press("ArrowRight");
  const before = video();
  show({ video: aVideo({ task_id: "77aa", duration: 5 }) }, root);
  expect(video()).not.toBe(before);
  expect(root.querySelector(".lk-time")?.textContent).toBe("0:00.0 / 0:05.0");
});

test("a player that is gone gives back what it had", () => {
  load();
  draw(null, root);
  pass(60_000);
  expect(URL.revokeObjectURL).toHaveBeenCalledWith("blob:1");
});
