// What the controls of one video and those of many are made of.

import { Icon, type IconName } from "./icons";
import { clock, spoken } from "./words";

export interface PressProps {
  icon: IconName;
  label: string;
  pressed?: boolean;
  disabled?: boolean;
  onPress: () => void;
}

export function Press({ icon, label, pressed, disabled = false, onPress }: PressProps) {
  return (
    <button
      type="button"
      class="lk-press"
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={onPress}
    >
      <Icon name={icon} />
    </button>
  );
}

export interface SeekProps {
  label: string;
  /** Seconds. */
  time: number;
  length: number;
  onSeek: (time: number) => void;
}

/** Where it is, and the way to elsewhere. */
export function Seek({ label, time, length, onSeek }: SeekProps) {
  const share = length > 0 ? time / length : 0;
  return (
    <>
      <input
        type="range"
        class="lk-seek"
        aria-label={label}
        aria-valuetext={spoken(time, length)}
        min={0}
        max={length || 1}
        step="any"
        value={Math.min(time, length || 1)}
        disabled={length === 0}
        style={{ "--lk-share": String(share) }}
        onInput={(event) => onSeek(event.currentTarget.valueAsNumber)}
      />
      <span class="lk-time" aria-hidden="true">
        {clock(time)} / {clock(length)}
      </span>
    </>
  );
}
