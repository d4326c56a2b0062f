// "Advanced": the fields that the model's own schema declares, and what else is set.

import { useEffect, useRef } from "preact/hooks";

import { FieldBox, GroupBox, useNotes, useWiring } from "./field";
import { type Field, isShown, show, strangers } from "./fields";
import { Line, Radios, Select } from "./inputs";
import { figure } from "./reading";
import type { OptionField } from "./state";
import { useView } from "./view";

export function Advanced() {
  const { desk, form, controls, problems } = useView();
  const details = useRef<HTMLDetailsElement>(null);
  const fps = isShown("fps", form, controls);
  const others = strangers(form, controls);
  const set = Object.keys(form.options).length + (form.fps === null ? 0 : 1);
  // What keeps Generate from being pressed must not hide, nor what has changed by itself.
  const told = ([...problems.keys(), ...Object.keys(controls.moved)] as Field[])
    .filter((field) => field === "fps" || field.startsWith("option "))
    .filter((field) => isShown(field, form, controls))
    .some((field) => problems.has(field) || desk.moved(field));
  useEffect(() => {
    if (told && details.current) details.current.open = true;
  }, [told]);
  if (!fps && controls.options.length === 0 && others.length === 0) return null;
  return (
    <details class="lk-s-details" ref={details}>
      <summary class="lk-s-summary">
        Advanced
        {set > 0 && <span class="lk-s-count">{set} set</span>}
      </summary>
      <div class="lk-s-options">
        {fps && <FpsField />}
        {controls.options.map((option) => (
          <OptionControl key={option.name} option={option} />
        ))}
      </div>
      {others.length > 0 && <Strangers names={others} />}
    </details>
  );
}

function FpsField() {
  const { desk, form, controls } = useView();
  const notes = useNotes("fps");
  const wiring = useWiring("fps", notes);
  const choices = controls.fps_choices.map((fps) => ({ value: String(fps), label: String(fps) }));
  const choose = (value: string) => desk.put({ fps: value === "" ? null : Number(value) });
  return (
    <FieldBox
      field="fps"
      label="Frames per second"
      notes={notes}
      onAuto={desk.raw("fps") === "" ? undefined : () => choose("")}
    >
      {choices.length > 0 ? (
        <Select
          wiring={wiring}
          choices={[{ value: "", label: "Auto" }, ...choices]}
          value={show(form.fps)}
          onChoose={choose}
        />
      ) : (
        <Line field="fps" wiring={wiring} mode="numeric" placeholder="Auto" />
      )}
    </FieldBox>
  );
}

function OptionControl({ option }: { option: OptionField }) {
  const { desk, form, idOf } = useView();
  const field: Field = `option ${option.name}`;
  const notes = useNotes(field);
  const help = option.help;
  const wiring = useWiring(field, notes, help);
  const value = form.options[option.name] ?? null;
  const auto = option.usual === null ? "Auto" : `Auto (${inWords(option.usual)})`;
  const onAuto = desk.raw(field) === "" ? undefined : () => desk.putOption(option.name, null);
  const common = { field, label: option.title, notes, help };

  switch (option.kind) {
    case "switch":
      return (
        <GroupBox {...common}>
          <Radios
            class="lk-s-chips"
            name={idOf(field)}
            choices={[
              { value: "", label: auto, title: "Leave this to the model" },
              { value: "true", label: "On" },
              { value: "false", label: "Off" },
            ]}
            value={show(value)}
            invalid={Boolean(notes.problem)}
            onChoose={(chosen) => desk.putOption(option.name, chosen ? chosen === "true" : null)}
          />
        </GroupBox>
      );
    case "choice": {
      const find = (text: string) => option.choices.find((choice) => String(choice) === text);
      return (
        <FieldBox {...common}>
          <Select
            wiring={wiring}
            choices={[
              { value: "", label: auto },
              ...option.choices.map((choice) => ({ value: String(choice), label: String(choice) })),
            ]}
            value={show(value)}
            onChoose={(chosen) => desk.putOption(option.name, find(chosen) ?? null)}
          />
        </FieldBox>
      );
    }
    case "json":
    case "text":
      return (
        <FieldBox {...common} onAuto={onAuto}>
          <TextOption field={field} option={option} wiring={wiring} />
        </FieldBox>
      );
    default:
      return (
        <FieldBox {...common} onAuto={onAuto}>
          <NumberOption field={field} option={option} wiring={wiring} auto={auto} />
        </FieldBox>
      );
  }
}

interface PartProps {
  field: Field;
  option: OptionField;
  wiring: ReturnType<typeof useWiring>;
}

function NumberOption({ field, option, wiring, auto }: PartProps & { auto: string }) {
  const { desk } = useView();
  const { low, high, kind, title } = option;
  const step = option.step ?? (kind === "whole" ? 1 : null);
  const raw = desk.raw(field);
  const typed = Number(raw.trim() || Number.NaN);
  const usual = typeof option.usual === "number" ? option.usual : null;
  const ranged = low !== null && high !== null && low < high;
  return (
    <div class="lk-s-row">
      {ranged && (
        <div class="lk-s-slider">
          <input
            type="range"
            class={raw === "" ? "lk-s-range lk-s-unset" : "lk-s-range"}
            min={low}
            max={high}
            step={step ?? "any"}
            value={Number.isFinite(typed) ? typed : (usual ?? (low + high) / 2)}
            aria-label={title}
            aria-valuetext={raw === "" ? "Auto: the model chooses" : raw}
            onInput={(event) => desk.type(field, rounded(event.currentTarget.value, low, high))}
            onChange={() => desk.leave(field)}
          />
          <div class="lk-s-ends" aria-hidden="true">
            <span>{figure(low)}</span>
            <span>{figure(high)}</span>
          </div>
        </div>
      )}
      <Line
        field={field}
        wiring={wiring}
        mode={kind === "whole" ? "numeric" : "decimal"}
        placeholder={ranged ? show(option.usual) || "Auto" : auto}
        class={ranged ? "lk-s-short" : ""}
      />
    </div>
  );
}

function TextOption({ field, option, wiring }: PartProps) {
  const { desk } = useView();
  if (option.kind === "text") {
    return <Line field={field} wiring={wiring} placeholder={show(option.usual) || "Auto"} />;
  }
  const raw = desk.raw(field);
  return (
    <div class="lk-s-grow lk-s-mono" data-text={`${raw} `}>
      <textarea
        {...wiring}
        class="lk-s-input lk-s-prompt lk-s-mono"
        rows={2}
        spellcheck={false}
        placeholder={show(option.usual) || "JSON"}
        value={raw}
        onInput={(event) => desk.type(field, event.currentTarget.value)}
        onBlur={() => desk.leave(field)}
      />
    </div>
  );
}

/** What is sent although the form has no control for it: from Python, or of the model before. */
function Strangers({ names }: { names: string[] }) {
  const { desk, form, problems } = useView();
  return (
    <ul class="lk-s-strangers" aria-label="Other options that are sent">
      {names.map((name) => (
        <li key={name} class="lk-s-field">
          <div class="lk-s-row">
            <code class="lk-s-clip">
              {name} = {JSON.stringify(form.options[name])}
            </code>
            <button
              type="button"
              class="lk-s-link"
              aria-label={`Remove the option ${name}`}
              onClick={() => desk.putOption(name, null)}
            >
              Remove
            </button>
          </div>
          {problems.get(`option ${name}`) && (
            <div class="lk-s-notes lk-s-problem">{problems.get(`option ${name}`)}</div>
          )}
        </li>
      ))}
    </ul>
  );
}

function inWords(value: unknown): string {
  if (value === true) return "on";
  return value === false ? "off" : String(value);
}

/** A slider without steps gives more digits than anybody means. */
function rounded(raw: string, low: number, high: number): string {
  return String(Number(Number(raw).toPrecision(high - low > 100 ? 4 : 3)));
}
