// How long the video is: a slider for a range, choices for a list.

import { durationControl } from "./choices";
import { FieldBox, GroupBox, useNotes, useWiring } from "./field";
import { Line, Radios, Select } from "./inputs";
import { useView } from "./view";

const LABEL = "Duration";

export function DurationField() {
  const { desk, form, controls, idOf } = useView();
  const notes = useNotes("duration");
  const wiring = useWiring("duration", notes);
  const control = durationControl(controls);
  const choose = (value: string) => desk.put({ duration: value === "" ? null : Number(value) });
  const onAuto = form.duration === null && !desk.raw("duration") ? undefined : () => choose("");
  const value = form.duration === null ? "" : String(form.duration);

  if (control.kind === "radios") {
    const choices = [
      { value: "", label: "Auto", title: "Leave this to the model" },
      ...secondsOf(control.choices, form.duration),
    ];
    return (
      <GroupBox field="duration" label={LABEL} notes={notes}>
        <Radios
          class="lk-s-chips"
          name={idOf("duration-choice")}
          choices={choices}
          value={value}
          invalid={Boolean(notes.problem)}
          onChoose={choose}
        />
      </GroupBox>
    );
  }
  if (control.kind === "select") {
    const choices = [{ value: "", label: "Auto" }, ...secondsOf(control.choices, form.duration)];
    return (
      <FieldBox field="duration" label={LABEL} notes={notes}>
        <Select wiring={wiring} choices={choices} value={value} onChoose={choose} />
      </FieldBox>
    );
  }
  return (
    <FieldBox field="duration" label={LABEL} notes={notes} onAuto={onAuto}>
      <div class="lk-s-row">
        {control.kind === "slider" && <Slider low={control.low} high={control.high} />}
        <Line
          field="duration"
          wiring={wiring}
          mode="numeric"
          placeholder="Auto"
          class={control.kind === "slider" ? "lk-s-short" : ""}
        />
        <span class="lk-s-unit" aria-hidden="true">
          s
        </span>
      </div>
    </FieldBox>
  );
}

function Slider({ low, high }: { low: number; high: number }) {
  const { desk, form } = useView();
  const typed = Number(desk.raw("duration").trim() || Number.NaN);
  const value = Number.isFinite(typed) ? typed : form.duration;
  return (
    <div class="lk-s-slider">
      <input
        type="range"
        class={value === null ? "lk-s-range lk-s-unset" : "lk-s-range"}
        min={low}
        max={high}
        step={1}
        value={value ?? Math.round((low + high) / 2)}
        aria-label="Duration in seconds"
        aria-valuetext={value === null ? "Auto: the model chooses" : `${value} seconds`}
        onInput={(event) => desk.type("duration", event.currentTarget.value)}
        onChange={() => desk.leave("duration")}
      />
      <div class="lk-s-ends" aria-hidden="true">
        <span>{low} s</span>
        <span>{high} s</span>
      </div>
    </div>
  );
}

/** The choices, and what is set although it is none of them. */
function secondsOf(choices: number[], set: number | null) {
  const all = set === null || choices.includes(set) ? choices : [...choices, set];
  return all.map((seconds) => ({ value: String(seconds), label: `${seconds} s` }));
}
