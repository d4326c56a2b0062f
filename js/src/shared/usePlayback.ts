// What a <video> element does, as state of a component, and what a person can do with it.

import type { RefObject } from "preact";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";

/** Frames per second where the file does not tell: the usual number of film. */
const USUAL_FPS = 24;
/** How often the position is told while playing, so that it moves smoothly: milliseconds. */
const TICK = 30;
const SLOWEST = 0.0625;
const FASTEST = 16;

export interface Playback {
  playing: boolean;
  /** Seconds. */
  time: number;
  duration: number;
  muted: boolean;
  hasSound: boolean;
  toggle: () => void;
  seek: (time: number) => void;
  /** By whole frames, with the video halted. */
  step: (frames: number) => void;
  setMuted: (muted: boolean) => void;
}

export interface PlaybackOptions {
  /** null: nothing is loaded, and the position waits. */
  url: string | null;
  loop: boolean;
  speed: number;
  fps: number | null;
  duration: number | null;
  failed: () => void;
}

export function usePlayback(
  element: RefObject<HTMLVideoElement>,
  { url, loop, speed, fps, duration: expected, failed }: PlaybackOptions,
): Playback {
  const [playing, setPlaying] = useState(false);
  const [time, setTime] = useState(0);
  const [duration, setDuration] = useState(expected ?? 0);
  const [muted, setMuted] = useState(false);
  const [hasSound, setHasSound] = useState(false);
  /** Where it was, and whether it played, when it was last in view. */
  const left = useRef({ time: 0, playing: false });

  useEffect(() => {
    const video = element.current;
    if (!video) return;
    if (url === null) {
      if (video.hasAttribute("src")) {
        left.current = { time: video.currentTime, playing: !video.paused };
        video.removeAttribute("src");
        // Without it the decoder stays.
        video.load();
      }
      return;
    }
    video.src = url;
    return whenLoaded(video, () => {
      if (left.current.time > 0) video.currentTime = left.current.time;
      if (left.current.playing) play(video);
    });
  }, [element, url]);

  useEffect(() => {
    const video = element.current;
    if (!video) return;
    video.loop = loop;
    video.muted = muted;
    const rate = Math.min(Math.max(speed, SLOWEST), FASTEST);
    // Loading sets the rate back to the default one.
    video.defaultPlaybackRate = rate;
    video.playbackRate = rate;
  }, [element, loop, muted, speed]);

  useEffect(() => {
    const video = element.current;
    if (!video) return;
    const look = () => {
      setPlaying(!video.paused && !video.ended);
      // Without a source the position stays what it was.
      if (video.hasAttribute("src") && video.readyState > 0) setTime(video.currentTime);
      if (Number.isFinite(video.duration) && video.duration > 0) setDuration(video.duration);
      if (soundOf(video)) setHasSound(true);
    };
    const fail = () => {
      if (video.hasAttribute("src")) failed();
    };
    const events = ["play", "pause", "ended", "seeking", "seeked", "timeupdate", "loadeddata"];
    for (const event of events) video.addEventListener(event, look);
    video.addEventListener("error", fail);
    return () => {
      for (const event of events) video.removeEventListener(event, look);
      video.removeEventListener("error", fail);
    };
  }, [element, failed]);

  useEffect(() => {
    if (!playing) return;
    let frame = 0;
    let told = 0;
    const tick = (now: number) => {
      if (now - told >= TICK) {
        told = now;
        setTime(element.current?.currentTime ?? 0);
      }
      frame = requestAnimationFrame(tick);
    };
    frame = requestAnimationFrame(tick);
    return () => cancelAnimationFrame(frame);
  }, [element, playing]);

  const toggle = useCallback(() => {
    const video = element.current;
    if (!video?.hasAttribute("src")) return;
    if (video.paused || video.ended) play(video);
    else video.pause();
  }, [element]);

  const seek = useCallback(
    (wanted: number) => {
      const video = element.current;
      const to = Math.min(Math.max(wanted, 0), duration);
      left.current.time = to;
      if (video?.hasAttribute("src")) video.currentTime = to;
      setTime(to);
    },
    [element, duration],
  );

  const step = useCallback(
    (frames: number) => {
      const video = element.current;
      if (!video) return;
      video.pause();
      seek(frameTime(video.currentTime, frames, fps ?? USUAL_FPS, duration));
    },
    [element, seek, fps, duration],
  );

  return useMemo(
    () => ({ playing, time, duration, muted, hasSound, toggle, seek, step, setMuted }),
    [playing, time, duration, muted, hasSound, toggle, seek, step],
  );
}

/** The middle of a frame so many further on: at its edge a browser may show the one before. */
function frameTime(time: number, frames: number, fps: number, duration: number): number {
  const last = Math.max(Math.round(duration * fps) - 1, 0);
  const frame = Math.min(Math.max(Math.floor(time * fps + 1e-6) + frames, 0), last);
  return (frame + 0.5) / fps;
}

function play(video: HTMLVideoElement): void {
  // Refused where a page may not make a sound yet, and where the source was taken away meanwhile.
  video.play().catch(() => {});
}

function whenLoaded(video: HTMLVideoElement, then: () => void): () => void {
  video.addEventListener("loadedmetadata", then, { once: true });
  return () => video.removeEventListener("loadedmetadata", then);
}

/** Each browser tells it in its own way, Chromium only after some decoding. */
function soundOf(video: HTMLVideoElement): boolean {
  const own = video as HTMLVideoElement & {
    mozHasAudio?: boolean;
    webkitAudioDecodedByteCount?: number;
    audioTracks?: { length: number };
  };
  const decoded = (own.webkitAudioDecodedByteCount ?? 0) > 0;
  return own.mozHasAudio === true || decoded || (own.audioTracks?.length ?? 0) > 0;
}
