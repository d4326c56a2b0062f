// How large the picture is: the presets with their words, then all else that the model takes.

import { useEffect, useState } from "preact/hooks";

import { anySize, nameOf, otherSizes, shape, sizeInWords } from "./choices";
import { GroupBox, useNotes, useWiring } from "./field";
import { Line, Radios, Select } from "./inputs";
import type { Preset } from "./state";
import { useView } from "./view";

const CUSTOM = "custom";

export function SizeField() {
  const { desk, form, controls, idOf } = useView();
  const notes = useNotes("size", "width", "height");
  const [customOpen, setCustomOpen] = useState(false);
  const { width, height } = form;
  const whole = width !== null && height !== null;
  const set = whole ? nameOf({ width, height }) : "";
  const preset = controls.presets.some((each) => nameOf(each) === set);
  const others = otherSizes(controls);
  const free = anySize(controls);
  // Anything that has no card of its own shows in the fields, half a size included.
  const odd = (width !== null || height !== null) && !preset && others.length === 0;
  const custom = odd || (free && customOpen);

  useEffect(() => {
    // A size that came from elsewhere, as with "Reuse settings", shows as what it is.
    if (desk.own.width === undefined && desk.own.height === undefined) setCustomOpen(false);
  }, [desk, set]);
  const choose = (value: string) => {
    setCustomOpen(value === CUSTOM);
    if (value === CUSTOM) return;
    const [wide, high] = value.split("x").map(Number);
    desk.put({ width: wide || null, height: high || null }, "size");
  };
  const cards = controls.presets.map((each) => ({
    value: nameOf(each),
    label: each.title,
    detail: <PresetWords preset={each} />,
  }));
  const ends = [
    { value: "", label: "Auto", title: "Leave this to the model" },
    ...(free || odd ? [{ value: CUSTOM, label: "Custom" }] : []),
  ];
  const value = custom ? CUSTOM : preset || set === "" ? set : "";
  const name = idOf("size-choice");
  const invalid = Boolean(notes.problem);
  const rest = others.length > 0;
  return (
    <GroupBox field="size" label="Size" notes={notes}>
      {cards.length > 0 && (
        <Radios
          class="lk-s-cards"
          name={name}
          choices={cards}
          value={value}
          invalid={invalid}
          onChoose={choose}
        />
      )}
      <div class="lk-s-row lk-s-wrap">
        <Radios
          class="lk-s-chips"
          name={name}
          choices={ends}
          value={rest && set && !preset ? "other" : value}
          invalid={invalid}
          onChoose={choose}
        />
        {rest && <OtherSizes set={preset ? "" : set} onChoose={choose} />}
        {custom && <CustomSize />}
      </div>
    </GroupBox>
  );
}

function PresetWords({ preset }: { preset: Preset }) {
  return (
    <>
      <span class="lk-s-choice-aside">{sizeInWords(preset.width, preset.height)}</span>
      <span class="lk-s-choice-use">{preset.use}</span>
      <span class="lk-s-choice-more">
        Speed: {preset.speed} · quality: {preset.quality} · {preset.file} file
      </span>
    </>
  );
}

function OtherSizes({ set, onChoose }: { set: string; onChoose: (value: string) => void }) {
  const { controls, idOf } = useView();
  const choices = otherSizes(controls).map(([width, height]) => ({
    value: nameOf({ width, height }),
    label: `${sizeInWords(width, height)}, ${shape(width, height)}`,
  }));
  const wiring = {
    id: idOf("size-others"),
    "aria-describedby": undefined,
    "aria-invalid": false,
  };
  return (
    <Select
      wiring={wiring}
      choices={[{ value: "", label: "Other sizes…" }, ...choices]}
      value={set}
      label="Other sizes"
      onChoose={onChoose}
    />
  );
}

function CustomSize() {
  const width = useWiring("width", useNotes("width"));
  const height = useWiring("height", useNotes("height"));
  return (
    <div class="lk-s-row">
      <Line
        field="width"
        wiring={width}
        mode="numeric"
        label="Width in pixels"
        class="lk-s-short"
      />
      <span class="lk-s-unit" aria-hidden="true">
        ×
      </span>
      <Line
        field="height"
        wiring={height}
        mode="numeric"
        label="Height in pixels"
        class="lk-s-short"
      />
      <span class="lk-s-unit" aria-hidden="true">
        px
      </span>
    </div>
  );
}
