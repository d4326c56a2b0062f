// A video's address for a component: from the page where a plain output has it, else from the
// kernel.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";

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
/** Where everything is late, the output may still come before a kernel that is busy. */
const LOOK_AGAIN_EVERY = 1000;

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
export function useVideo(
  model: Channel,
  video: Pick<Video, "task_id"> | null,
  wanted: boolean,
): VideoSource {
  const task_id = video?.task_id ?? null;
  const [stale, setStale] = useState<string | null>(null);
  const look = task_id === stale ? nowhere : pageVideo;
  const page = usePage(wanted ? task_id : null, look);
  const held = useFile(model, page.absent, "video");
  page.arrived.current = held?.state().url != null;
  const failed = useCallback(() => setStale(task_id), [task_id]);
  const retry = useCallback(() => held?.retry(), [held]);
  if (page.found !== null) {
    return { ...NOTHING, url: page.found, share: 1, source: "page", failed, retry };
  }
  if (held === null) return { ...NOTHING, failed, retry };
  return { ...held.state(), source: "kernel", failed, retry };
}

/** A picture of a video, once there is one. */
export function usePoster(model: Channel, task_id: string | null, wanted = true): string | null {
  const page = usePage(wanted ? task_id : null, posterOnPage);
  const held = useFile(model, page.absent, "poster");
  page.arrived.current = held?.state().url != null;
  return page.found || (held?.state().url ?? null);
}

/** Gives an address, "pending" or nothing. */
type Look = (task_id: string) => string | null;

const nowhere: Look = () => null;

// A video that is on the page shows its first picture soon enough: no other is asked for.
const posterOnPage: Look = (task_id) =>
  pagePoster(task_id) ?? (pageVideo(task_id) === null ? null : "");

/** The address that plain outputs give, or the task that they have nothing of.
 * What has arrived from elsewhere is not replaced. */
function usePage(task_id: string | null, look: Look) {
  const arrived = useRef(false);
  const [result, setResult] = useState({
    of: task_id,
    found: null as string | null,
    absent: false,
  });
  useEffect(() => {
    if (task_id === null) return;
    const tell = (found: string | null) =>
      setResult({ of: task_id, found, absent: found === null });
    setResult({ of: task_id, found: null, absent: false });
    arrived.current = false;
    const began = performance.now();
    let given_up = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = () => {
      if (arrived.current) return;
      const there = look(task_id);
      if (there !== null && there !== "pending") return tell(there);
      const patience = there === "pending" ? UNTIL_RESOLVED : UNTIL_OUTPUT;
      if (!given_up && (look === nowhere || performance.now() - began >= patience)) {
        given_up = true;
        tell(null);
      }
      if (look !== nowhere) timer = setTimeout(again, given_up ? LOOK_AGAIN_EVERY : LOOK_EVERY);
    };
    again();
    return () => clearTimeout(timer);
  }, [task_id, look]);
  const current = result.of === task_id && task_id !== null;
  return {
    found: current ? result.found : null,
    absent: current && result.absent ? task_id : null,
    arrived,
  };
}

/** A file from the kernel, while there is a task to have it of. */
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
