import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Ensemble } from "./ensemble";
import { FakeVideo } from "./testing";

let now = 0;
let ensemble: Ensemble;

beforeEach(() => {
  now = 0;
  // The test says when there is a picture.
  vi.stubGlobal("requestAnimationFrame", () => 0);
  vi.stubGlobal("cancelAnimationFrame", () => {});
  ensemble = new Ensemble(() => now);
});

afterEach(() => {
  ensemble.end();
  vi.unstubAllGlobals();
});

function with_(...videos: FakeVideo[]): void {
  for (const video of videos) ensemble.join(video.element);
  ensemble.setLength(Math.max(...videos.map(({ duration }) => duration)));
}

/** Lets time go on, in steps as a browser draws. */
function pass(seconds: number, ...videos: FakeVideo[]): void {
  for (let step = 0; step < Math.round(seconds * 50); step++) {
    now += 20;
    for (const video of videos) video.drift(0.02 * video.playbackRate);
    ensemble.tick();
  }
}

test("play and pause are for all, and all begin together", () => {
  const [a, b] = [new FakeVideo(4), new FakeVideo(4)];
  with_(a, b);
  ensemble.play();
  pass(1, a, b);
  expect([a.paused, b.paused]).toEqual([false, false]);
  expect(Math.abs(a.currentTime - b.currentTime)).toBeLessThan(0.05);
  expect(ensemble.position).toBeCloseTo(1, 1);
  ensemble.toggle();
  expect([a.paused, b.paused, ensemble.playing]).toEqual([true, true, false]);
  expect(a.currentTime).toBeCloseTo(b.currentTime, 5);
});

test("nobody begins before all are there, and nobody waits for ever", () => {
  const [ready, late] = [new FakeVideo(4), new FakeVideo(4)];
  late.readyState = 0;
  with_(ready, late);
  const arrived = ensemble.expect();
  ensemble.play();
  pass(1, ready);
  expect(ready.paused).toBe(true);
  arrived();
  pass(1, ready);
  expect(ready.paused).toBe(true);
  late.readyState = 4;
  pass(0.5, ready, late);
  expect([ready.paused, late.paused]).toEqual([false, false]);

  ensemble.pause();
  ensemble.expect();
  ensemble.play();
  pass(3.2, ready, late);
  expect(ready.paused).toBe(false);
});

test("one that cannot be played keeps nobody waiting", () => {
  const [good, broken] = [new FakeVideo(4), new FakeVideo(4)];
  broken.readyState = 0;
  broken.error = { code: 4 } as MediaError;
  with_(good, broken);
  ensemble.play();
  pass(0.2, good);
  expect(good.paused).toBe(false);
});

test("a shorter one waits at its last picture until the longest begins anew", () => {
  const [short, long] = [new FakeVideo(1), new FakeVideo(3)];
  with_(short, long);
  ensemble.play();
  pass(2, short, long);
  expect(short.paused).toBe(true);
  expect(short.currentTime).toBeGreaterThan(0.9);
  expect(long.paused).toBe(false);
  pass(1.5, short, long);
  expect(short.paused).toBe(false);
  expect(short.currentTime).toBeLessThan(1);
  expect(Math.abs(short.currentTime - long.currentTime)).toBeLessThan(0.1);
});

test("without a loop all stand at the end, and play begins anew", () => {
  const [short, long] = [new FakeVideo(1), new FakeVideo(2)];
  with_(short, long);
  ensemble.loop = false;
  ensemble.play();
  pass(3, short, long);
  expect([ensemble.playing, short.paused, long.paused]).toEqual([false, true, true]);
  expect(ensemble.position).toBe(2);
  ensemble.play();
  pass(0.4, short, long);
  expect(ensemble.position).toBeLessThan(0.5);
  expect(short.paused).toBe(false);
});

test("one that is far off is set back, one that is a little off is hurried", () => {
  const [good, slow] = [new FakeVideo(60), new FakeVideo(60)];
  with_(good, slow);
  ensemble.play();
  pass(1, good, slow);
  slow.sought.length = 0;
  pass(0.5, good); // it stands still
  expect(slow.sought.length).toBe(1);
  expect(slow.sought[0]).toBeGreaterThan(1);
  expect(slow.sought[0]).toBeLessThan(1.5);
  pass(1, good, slow);
  expect(Math.abs(slow.currentTime - ensemble.position)).toBeLessThan(0.1);

  slow.sought.length = 0;
  slow.drift(-0.06);
  pass(0.04, good, slow);
  expect(slow.playbackRate).toBeGreaterThan(1);
  expect(slow.sought).toEqual([]);
  pass(3, good, slow);
  expect(slow.playbackRate).toBe(1);
});

test("to seek moves all, played or not, and a shorter one to its last picture", () => {
  const [short, long] = [new FakeVideo(1), new FakeVideo(4)];
  with_(short, long);
  ensemble.seek(2.5);
  expect(long.currentTime).toBe(2.5);
  expect(short.currentTime).toBeCloseTo(0.96);
  expect([short.paused, long.paused, ensemble.engaged]).toEqual([true, true, true]);
  ensemble.seek(-3);
  expect([short.currentTime, long.currentTime]).toEqual([0, 0]);
  ensemble.seek(99);
  expect(ensemble.position).toBe(4);
});

test("one that seeks is asked for no other place until it is there", () => {
  const video = new FakeVideo(4);
  with_(video);
  ensemble.seek(1);
  video.seeking = true;
  ensemble.seek(2);
  ensemble.seek(3);
  expect(video.sought).toEqual([1]);
  video.seeking = false;
  video.dispatchEvent(new Event("seeked"));
  expect(video.sought).toEqual([1, 3]);
});

test("one that comes late is set to where the others are, and one that leaves is left alone", () => {
  const [first, late] = [new FakeVideo(4), new FakeVideo(4)];
  with_(first);
  ensemble.seek(2);
  const leave = ensemble.join(late.element);
  expect(late.currentTime).toBe(2);
  leave();
  ensemble.seek(3);
  expect([first.currentTime, late.currentTime]).toEqual([3, 2]);
});

test("a step halts, and shows the middle of the next frame", () => {
  const video = new FakeVideo(4);
  with_(video);
  ensemble.play();
  pass(1, video);
  ensemble.step(1);
  const at = video.currentTime;
  expect([ensemble.playing, video.paused]).toEqual([false, true]);
  ensemble.step(1);
  expect((video.currentTime - at) * 24).toBeCloseTo(1);
  ensemble.step(-1);
  expect(video.currentTime).toBeCloseTo(at);
  for (let step = 0; step < 200; step++) ensemble.step(1);
  expect(video.currentTime).toBeLessThan(4);
  ensemble.step(-1000);
  expect(video.currentTime).toBeCloseTo(0.5 / 24);
});

test("silence is for all, those that come later too", () => {
  const [first, late] = [new FakeVideo(4), new FakeVideo(4)];
  with_(first);
  expect(first.muted).toBe(true);
  ensemble.setMuted(false);
  ensemble.join(late.element);
  expect([first.muted, late.muted]).toEqual([false, false]);
});

test("with nothing to play nothing plays", () => {
  ensemble.play();
  expect([ensemble.playing, ensemble.engaged]).toEqual([false, false]);
});
