// One row of controls for all videos, and what goes down and across.

import { useEffect, useState } from "preact/hooks";

import { Icon, type IconName } from "../shared/icons";
import { clock, spoken } from "../shared/words";
import type { Ensemble } from "./ensemble";
import type { AxisName } from "./state";

export interface ToolbarProps {
  ensemble: Ensemble;
  loop: boolean;
  onLoop: (loop: boolean) => void;
  blind: boolean;
  onBlind: (blind: boolean) => void;
  choices: AxisName[];
  byRow: AxisName;
  byColumn: AxisName;
  onAxes: (byRow: AxisName, byColumn: AxisName) => void;
}

export function Toolbar(props: ToolbarProps) {
  const { ensemble, loop, onLoop, blind, onBlind } = props;
  const { playing, muted, length } = useEnsemble(ensemble);
  const empty = length === 0;
  return (
    <div class="lk-c-bar" role="toolbar" aria-label="All videos">
      <div class="lk-c-group lk-c-group--wide">
        <Press
          icon={playing ? "pause" : "play"}
          label={playing ? "Pause all" : "Play all"}
          disabled={empty}
          onPress={() => ensemble.toggle()}
        />
        <Seek ensemble={ensemble} />
      </div>
      <div class="lk-c-group">
        <Press
          icon="back"
          label="One frame back"
          disabled={empty}
          onPress={() => ensemble.step(-1)}
        />
        <Press
          icon="forward"
          label="One frame forward"
          disabled={empty}
          onPress={() => ensemble.step(1)}
        />
        <Press icon="loop" label="Loop" pressed={loop} onPress={() => onLoop(!loop)} />
        <Press
          icon={muted ? "silence" : "sound"}
          label="Mute"
          pressed={muted}
          onPress={() => ensemble.setMuted(!muted)}
        />
      </div>
      <div class="lk-c-group">
        <Axes {...props} />
        <button
          type="button"
          class={blind ? "lk-button lk-c-blind lk-c-blind--on" : "lk-button lk-c-blind"}
          title={
            blind
              ? "Show which model and seed made each video"
              : "Hide which model and seed made each video, and shuffle them"
          }
          onClick={() => onBlind(!blind)}
        >
          {blind ? "Reveal" : "Blind"}
        </button>
      </div>
    </div>
  );
}

function Axes({ choices, byRow, byColumn, onAxes }: ToolbarProps) {
  return (
    <>
      <Choice
        label="Rows"
        value={byRow}
        choices={choices}
        // What is chosen twice changes places.
        onChoose={(name) => onAxes(name, name === byColumn ? byRow : byColumn)}
      />
      <Choice
        label="Columns"
        value={byColumn}
        choices={choices}
        onChoose={(name) => onAxes(name === byRow ? byColumn : byRow, name)}
      />
    </>
  );
}

interface ChoiceProps {
  label: string;
  value: AxisName;
  choices: AxisName[];
  onChoose: (name: AxisName) => void;
}

function Choice({ label, value, choices, onChoose }: ChoiceProps) {
  return (
    <label class="lk-c-choice">
      {label}
      <select
        class="lk-speed"
        value={value}
        onChange={(event) => onChoose(event.currentTarget.value as AxisName)}
      >
        {choices.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function Seek({ ensemble }: { ensemble: Ensemble }) {
  const { position, length } = useEnsemble(ensemble);
  const share = length > 0 ? position / length : 0;
  return (
    <>
      <input
        type="range"
        class="lk-seek"
        aria-label="Position of all videos"
        aria-valuetext={spoken(position, length)}
        min={0}
        max={length || 1}
        step="any"
        value={position}
        disabled={length === 0}
        style={{ "--lk-share": String(share) }}
        onInput={(event) => ensemble.seek(event.currentTarget.valueAsNumber)}
      />
      <span class="lk-time" aria-hidden="true">
        {clock(position)} / {clock(length)}
      </span>
    </>
  );
}

/** The ensemble, whose changes draw the component anew. */
function useEnsemble(ensemble: Ensemble): Ensemble {
  const [, redraw] = useState({});
  useEffect(() => ensemble.listen(() => redraw({})), [ensemble]);
  return ensemble;
}

interface PressProps {
  icon: IconName;
  label: string;
  pressed?: boolean;
  disabled?: boolean;
  onPress: () => void;
}

function Press({ icon, label, pressed, disabled = false, onPress }: PressProps) {
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
