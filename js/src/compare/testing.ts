// What several tests of a comparison need.

import type { Axis, Cell } from "./state";

export function aCell(change: Partial<Cell> = {}): Cell {
  return {
    key: "3f0c",
    at: [0, 0, 0, 0, 0],
    state: "completed",
    words: "",
    share: null,
    playable: true,
    duration: 2,
    width: 1280,
    height: 720,
    rating: null,
    reused: false,
    facts: "$0.35 · in 41 s",
    details: [["Model", "Kling 2.0"]],
    ...change,
  };
}

export function axesOf(prompt: string[], model: string[], seed: string[] = ["Seed 1"]): Axis[] {
  return [
    { name: "prompt", labels: prompt },
    { name: "model", labels: model },
    { name: "seed", labels: seed },
    { name: "duration", labels: ["2 s"] },
    { name: "size", labels: ["1280×720"] },
  ];
}

/** A video element as far as it has to do with playing: it plays when its time is set on. */
export class FakeVideo extends EventTarget {
  readyState = 4;
  paused = true;
  seeking = false;
  muted = false;
  playbackRate = 1;
  error: MediaError | null = null;
  /** Every position that was asked for. */
  readonly sought: number[] = [];
  private at = 0;

  constructor(readonly duration: number) {
    super();
  }

  get currentTime(): number {
    return this.at;
  }

  set currentTime(at: number) {
    this.sought.push(at);
    this.at = at;
  }

  /** Its own time goes on, as far as it is well. */
  drift(seconds: number): void {
    if (!this.paused) this.at = Math.min(this.at + seconds, this.duration);
  }

  play(): Promise<void> {
    this.paused = false;
    return Promise.resolve();
  }

  pause(): void {
    this.paused = true;
  }

  /** As what it stands for. */
  get element(): HTMLVideoElement {
    return this as unknown as HTMLVideoElement;
  }
}
