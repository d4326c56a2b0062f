// The row of controls below a picture.

import type { ComponentChildren } from "preact";

import type { Video } from "./card";
import { Icon } from "./icons";
import { Press, Seek } from "./playing";
import type { Playback } from "./usePlayback";

const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2];

export interface ControlsProps {
  playback: Playback;
  video: Video;
  url: string | null;
  loop: boolean;
  speed: number;
  onLoop: (loop: boolean) => void;
  onSpeed: (speed: number) => void;
  onFull: (() => void) | null;
}

export function Controls(props: ControlsProps) {
  const { playback, video, url, loop, speed, onLoop, onSpeed, onFull } = props;
  const { playing, muted, time, duration } = playback;
  return (
    <div class="lk-controls">
      <div class="lk-controls-main">
        <Press
          icon={playing ? "pause" : "play"}
          label={playing ? "Pause" : "Play"}
          disabled={url === null}
          onPress={playback.toggle}
        />
        <Seek label="Position" time={time} length={duration} onSeek={playback.seek} />
      </div>
      <div class="lk-controls-more">
        <Press
          icon="back"
          label="One frame back"
          disabled={url === null}
          onPress={() => playback.step(-1)}
        />
        <Press
          icon="forward"
          label="One frame forward"
          disabled={url === null}
          onPress={() => playback.step(1)}
        />
        <Speed speed={speed} onSpeed={onSpeed} />
        <Press icon="loop" label="Loop" pressed={loop} onPress={() => onLoop(!loop)} />
        {playback.hasSound && (
          <Press
            icon={muted ? "silence" : "sound"}
            label="Mute"
            pressed={muted}
            onPress={() => playback.setMuted(!muted)}
          />
        )}
        {onFull && <Press icon="full" label="Full screen" onPress={onFull} />}
        <Download video={video} url={url} class="lk-press" title={`Download ${video.name}`}>
          <Icon name="download" />
        </Download>
      </div>
    </div>
  );
}

function Speed({ speed, onSpeed }: { speed: number; onSpeed: (speed: number) => void }) {
  const speeds = SPEEDS.includes(speed) ? SPEEDS : [...SPEEDS, speed].sort((a, b) => a - b);
  return (
    <select
      class="lk-speed"
      aria-label="Speed"
      title="Speed"
      value={String(speed)}
      onChange={(event) => onSpeed(Number(event.currentTarget.value))}
    >
      {speeds.map((each) => (
        <option key={each} value={String(each)}>
          {each}×
        </option>
      ))}
    </select>
  );
}

interface DownloadProps {
  video: Video;
  url: string | null;
  class?: string;
  title?: string;
  children: ComponentChildren;
}

/** A link that saves the file; a link without an address where there is no file yet. */
export function Download({ video, url, title, children, ...rest }: DownloadProps) {
  if (url === null) {
    return (
      <a role="link" aria-disabled="true" aria-label={title} title={title} {...rest}>
        {children}
      </a>
    );
  }
  return (
    <a href={url} download={video.name} aria-label={title} title={title} {...rest}>
      {children}
    </a>
  );
}
