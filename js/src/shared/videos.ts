// A video's address for a component: from the page where a plain output has it, else from the
// kernel.

import { useCallback, useEffect, useState } from "preact/hooks";

import type { Video } from "./card";
import { type Held, hold } from "./files";
import type { Channel } from "./model";
import { pagePoster, pageVideo } from "./pageVideo";
import type { FilePart } from "./transfer";

/** A job that is done tells its view and its output at about the same time: milliseconds. */
const UNTIL_OUTPUT = 250;
/** JupyterLab asks its server where a file is. */
const UNTIL_RESOLVED = 2000;
const LOOK_EVERY = 50;

export interface VideoSource {
  url: string | null;
  /** From 0 to 1 while it comes. */
  share: number;
  /** Why it does not come; null where all is well. */
  problem: string | null;
  source: "page" | "kernel" | null;
  /** The kernel has not answered for a while: the video follows. */
  busy: boolean;
  /** To be called where the address cannot be played: the page's may have gone stale. */
  failed: () => void;
  /** Tries again after a problem. */
  retry: () => void;
}

const NOTHING = { url: null, share: 0, problem: null, source: null, busy: false } as const;

/** Where a video is; it begins to come when it is wanted. */
export function useVideo(model: Channel, video: Video | null, wanted: boolean): VideoSource {
  const task_id = video?.task_id ?? null;
  const [found, setFound] = useState<string | null>(null);
  const [stale, setStale] = useState<string | null>(null);
  const [asking, setAsking] = useState<string | null>(null);

  const usable = task_id !== stale;
  useEffect(() => {
    setFound(null);
    setAsking(null);
    if (task_id === null || !wanted) return;
    return lookOnPage(task_id, usable, setFound, () => setAsking(task_id));
  }, [task_id, wanted, usable]);

  const held = useFile(model, asking === task_id ? task_id : null, "video");
  const failed = useCallback(() => setStale(task_id), [task_id]);
  const retry = useCallback(() => held?.retry(), [held]);
  const shared = { failed, retry };
  if (found !== null) return { ...NOTHING, ...shared, url: found, share: 1, source: "page" };
  if (held === null) return { ...NOTHING, ...shared };
  return { ...held.state(), ...shared, source: "kernel" };
}

/** A picture of a video, once there is one. */
export function usePoster(model: Channel, task_id: string | null, wanted = true): string | null {
  const looking = task_id !== null && wanted;
  const found = looking ? pagePoster(task_id) : null;
  // A video that is on the page shows its first picture soon enough.
  const asking = looking && found === null && pageVideo(task_id) === null;
  const held = useFile(model, asking ? task_id : null, "poster");
  return found ?? held?.state().url ?? null;
}

function useFile(model: Channel, task_id: string | null, part: FilePart): Held | null {
  const [held, setHeld] = useState<Held | null>(null);
  const [, redraw] = useState({});
  useEffect(() => {
    if (task_id === null) return;
    const mine = hold(model, task_id, part, () => redraw({}));
    setHeld(mine);
    return () => {
      setHeld(null);
      mine.release();
    };
  }, [model, task_id, part]);
  return held;
}

function lookOnPage(
  task_id: string,
  usable: boolean,
  found: (url: string) => void,
  absent: () => void,
): () => void {
  const began = performance.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    const there = usable ? pageVideo(task_id) : null;
    if (there !== null && there !== "pending") return found(there.url);
    const patience = there === "pending" ? UNTIL_RESOLVED : UNTIL_OUTPUT;
    if (!usable || performance.now() - began >= patience) return absent();
    timer = setTimeout(look, LOOK_EVERY);
  };
  look();
  return () => clearTimeout(timer);
}
