// A job's state as the kernel tells it: every number is put into words there (notebook/card.py).

export type State = "waiting" | "running" | "done" | "failed" | "cancelled";

export interface Card {
  task_id: string;
  state: State;
  /** "Generating", "Done in 41 s" … */
  headline: string;
  /** The state in a word, or the percentage: "Waiting", "42%". */
  brief: string;
  /** Percentage, elapsed, time left, cost: each a few words. */
  facts: string[];
  /** From 0 to 1, for the bar; null where nothing is known. */
  share: number | null;
  /** The provider's own word for the status, where it tells something new. */
  word: string;
  prompt: string;
  model: string;
  provider: string;
  /** An error, a notice, or what to do; empty most of the time. */
  message: string;
  /** Whether a click on Cancel would mean anything. */
  can_cancel: boolean;
  /** The picture's expected or real size in pixels: room is kept for it. */
  width: number;
  height: number;
  /** One of many, which has a line of its own and no more until its video is there. */
  small: boolean;
  video: Video | null;
}

export interface Video {
  task_id: string;
  mime: string;
  /** A file name for the download. */
  name: string;
  /** Bytes. */
  size: number;
  width: number;
  height: number;
  /** Seconds. */
  duration: number | null;
  /** Frames per second, for stepping; null where it is not known. */
  fps: number | null;
  prompt: string;
  /** Pairs of a label and a text: model that ran, seed, size, cost, task id … */
  details: [string, string][];
}
