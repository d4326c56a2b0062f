// What several tests of components need.

import { type ComponentChild, render } from "preact";
import { act } from "preact/test-utils";

import type { Card, Video } from "./card";
import type { FakeModel } from "./fakeModel";

export function aVideo(change: Partial<Video> = {}): Video {
  return {
    task_id: "3f0c",
    mime: "video/mp4",
    name: "a-garden.mp4",
    size: 3,
    width: 1280,
    height: 720,
    duration: 2,
    fps: 10,
    prompt: "A garden",
    details: [
      ["Seed", "42"],
      ["Task id", "3f0c"],
    ],
    ...change,
  };
}

export function aCard(change: Partial<Card> = {}): Card {
  return {
    task_id: "3f0c",
    state: "running",
    headline: "Generating",
    brief: "42%",
    facts: ["42%", "12 s"],
    share: 0.42,
    word: "",
    prompt: "A garden",
    model: "Kling 2.0",
    provider: "preview",
    message: "",
    can_cancel: true,
    width: 1280,
    height: 720,
    small: false,
    video: null,
    ...change,
  };
}

/** Draws into an element of the page; drawing again updates it. */
export function draw(what: ComponentChild, root = newRoot()): HTMLElement {
  act(() => render(what, root));
  return root;
}

function newRoot(): HTMLElement {
  return document.body.appendChild(document.createElement("div"));
}

/** Does something, and lets all that follows from it be drawn. */
export async function settle(what: () => void = () => {}): Promise<void> {
  await act(async () => {
    what();
    await Promise.resolve();
  });
}

/** Answers the latest question for bytes as a kernel does. */
export function answer<Traits extends object>(
  model: FakeModel<Traits>,
  bytes: number[],
  { total = bytes.length, mime = "video/mp4", parts }: Answer = {},
): void {
  const asked = model.sentOf("fetch").at(-1);
  if (!asked) throw new Error("nothing was asked for");
  const { request, start, text } = asked;
  const data = text ? btoa(String.fromCharCode(...bytes)) : null;
  const sent = parts ?? (text ? [] : [new DataView(new Uint8Array(bytes).buffer)]);
  model.tell({ kind: "piece", request, start, total, mime, data }, sent);
}

interface Answer {
  total?: number;
  mime?: string;
  parts?: unknown[];
}
