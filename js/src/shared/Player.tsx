// Plays a finished video. Out of view it shows its poster and holds no decoder.

import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Controls, Download } from "./Controls";
import type { Video } from "./card";
import { Details } from "./Details";
import { Icon } from "./icons";
import type { Channel } from "./model";
import { roomStyle } from "./room";
import { useNear } from "./useNear";
import { type Playback, usePlayback } from "./usePlayback";
import { usePoster, useVideo, type VideoSource } from "./videos";
import { excerpt } from "./words";

/** Seconds that an arrow key goes. */
const STRIDE = 1;

export interface PlayerProps {
  model: Channel;
  video: Video;
  loop: boolean;
  speed: number;
  onLoop: (loop: boolean) => void;
  onSpeed: (speed: number) => void;
  /** What the last line begins with, before the details. */
  foot?: ComponentChildren;
}

export function Player(props: PlayerProps) {
  // Another video begins at its own beginning.
  return <Film key={props.video.task_id} {...props} />;
}

function Film(props: PlayerProps) {
  const { model, video, loop, speed, onLoop, onSpeed, foot } = props;
  const root = useRef<HTMLDivElement>(null);
  const element = useRef<HTMLVideoElement>(null);
  const near = useNear(root);
  const [wanted, setWanted] = useState(false);
  useEffect(() => {
    if (near) setWanted(true);
  }, [near]);

  const poster = usePoster(model, video.task_id, wanted);
  const source = useVideo(model, video, wanted);
  const [unplayable, setUnplayable] = useState<string | null>(null);
  const { url, failed: giveUp, source: from } = source;
  const failed = useCallback(() => {
    if (from === "page") giveUp();
    else setUnplayable(url);
  }, [from, giveUp, url]);

  const playback = usePlayback(element, {
    url: near ? url : null,
    loop,
    speed,
    fps: video.fps,
    duration: video.duration,
    failed,
  });
  const broken = url !== null && url === unplayable;
  const empty = url === null && poster === null;
  const full = document.fullscreenEnabled ? () => toggleFull(root.current) : null;
  return (
    <div class="lk-film" style={roomStyle(video.width, video.height)}>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms */}
      <div
        class="lk-stage lk-player"
        ref={root}
        role="group"
        aria-label={`Video: ${excerpt(video.prompt)}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the player takes keys as a whole
        tabIndex={0}
        onKeyDown={(event) => onKey(event, playback)}
      >
        <div class={empty ? "lk-picture lk-room" : "lk-picture"}>
          {/* biome-ignore lint/a11y/useMediaCaption: there are none for what a model has made */}
          <video
            ref={element}
            poster={poster ?? undefined}
            preload="auto"
            playsInline
            tabIndex={-1}
            onClick={playback.toggle}
          />
          {url !== null && !broken && !playback.playing && playback.time === 0 && (
            <span class="lk-start">
              <Icon name="play" />
            </span>
          )}
          <Notice source={source} video={video} broken={broken} />
        </div>
        <Controls
          playback={playback}
          video={video}
          url={broken ? null : url}
          {...{ loop, speed, onLoop, onSpeed }}
          onFull={full}
        />
      </div>
      <Caption video={video} foot={foot} />
    </div>
  );
}

function Caption({ video, foot }: { video: Video; foot: ComponentChildren }) {
  return (
    <>
      {video.prompt && (
        <p class="lk-prompt" dir="auto">
          {video.prompt}
        </p>
      )}
      <div class="lk-foot">
        {foot}
        {video.details.length > 0 && <Details video={video} />}
      </div>
    </>
  );
}

/** What stands over the picture while there is none to play. */
function Notice({ source, video, broken }: { source: VideoSource; video: Video; broken: boolean }) {
  if (broken) {
    return (
      <div class="lk-notice" role="alert">
        <p>This browser cannot play this video ({video.mime}). Other programs can:</p>
        <Download video={video} url={source.url}>
          Download {video.name}
        </Download>
      </div>
    );
  }
  if (source.problem !== null) {
    return (
      <div class="lk-notice" role="alert">
        <p dir="auto">{source.problem}</p>
        <button type="button" class="lk-button" onClick={source.retry}>
          Try again
        </button>
      </div>
    );
  }
  if (source.url !== null || source.source === null) return null;
  return (
    <div class="lk-notice lk-notice--quiet" role="status">
      <p>{source.busy ? "The kernel is busy; the video follows." : "Loading the video"}</p>
      {source.share > 0 && <progress aria-label="Loading the video" value={source.share} max={1} />}
    </div>
  );
}

function onKey(event: KeyboardEvent, playback: Playback): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target as HTMLElement;
  if (!actOn(event.key, target.localName, playback)) return;
  event.preventDefault();
}

/** Returns whether the key was the player's; a control that has the focus comes first. */
function actOn(key: string, on: string, playback: Playback): boolean {
  if (on === "select") return false;
  switch (key) {
    case " ":
      if (["button", "a", "summary"].includes(on)) return false;
      playback.toggle();
      return true;
    case "ArrowLeft":
      playback.seek(playback.time - STRIDE);
      return true;
    case "ArrowRight":
      playback.seek(playback.time + STRIDE);
      return true;
    case ",":
      playback.step(-1);
      return true;
    case ".":
      playback.step(1);
      return true;
    default:
      return false;
  }
}

function toggleFull(root: HTMLElement | null): void {
  const done = document.fullscreenElement ? document.exitFullscreen() : root?.requestFullscreen();
  // Refused by some hosts in spite of what they say.
  done?.catch(() => {});
}
