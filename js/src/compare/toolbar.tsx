// One row of controls for all videos, and what goes down and across.

import { useEffect, useState } from "preact/hooks";

import { Press, Seek } from "../shared/playing";
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
  const { playing, muted, position, length } = useEnsemble(ensemble);
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
        <Seek
          label="Position of all videos"
          time={position}
          length={length}
          onSeek={(time) => ensemble.seek(time)}
        />
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

/** The ensemble, whose changes draw the component anew. */
function useEnsemble(ensemble: Ensemble): Ensemble {
  const [, redraw] = useState({});
  useEffect(() => ensemble.listen(() => redraw({})), [ensemble]);
  return ensemble;
}
