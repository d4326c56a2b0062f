// The plain controls: a line for a number or a text, a list, and a row of choices.

import type { ComponentChildren } from "preact";

import type { Wiring } from "./field";
import type { Field } from "./fields";
import { useView } from "./view";

interface LineProps {
  field: Field;
  wiring: Wiring;
  placeholder?: string;
  /** Where the field has no label of its own. */
  label?: string;
  /** Which keyboard a touch screen shows. */
  mode?: "numeric" | "decimal" | "text";
  class?: string;
  /** What to do with each change, where it is more than keeping the text. */
  onType?: (raw: string) => void;
}

/** A line of text whose meaning is read while it is typed. */
export function Line(props: LineProps) {
  const { field, wiring, placeholder, label, mode = "text" } = props;
  const { desk } = useView();
  const type = props.onType ?? ((raw: string) => desk.type(field, raw));
  const step = (by: number) => {
    const raw = desk.raw(field).trim();
    if (/^-?\d+$/.test(raw)) type(String(Number(raw) + by));
  };
  return (
    <input
      {...wiring}
      class={`lk-s-input ${props.class ?? ""}`}
      type="text"
      inputMode={mode}
      autocomplete="off"
      spellcheck={false}
      placeholder={placeholder}
      aria-label={label}
      value={desk.raw(field)}
      onInput={(event) => type(event.currentTarget.value)}
      onBlur={() => desk.leave(field)}
      onKeyDown={(event) => {
        // As in number fields, whose raw text browsers do not hand out.
        if (mode !== "numeric" || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
        event.preventDefault();
        step(event.key === "ArrowUp" ? 1 : -1);
      }}
    />
  );
}

export interface Choice {
  /** As the browser keeps it; "" for the model's choice. */
  value: string;
  label: string;
}

interface SelectProps {
  wiring: Wiring;
  choices: Choice[];
  value: string;
  label?: string;
  onChoose: (value: string) => void;
}

export function Select({ wiring, choices, value, label, onChoose }: SelectProps) {
  const known = choices.some((choice) => choice.value === value);
  return (
    <select
      {...wiring}
      class="lk-s-input lk-s-select"
      aria-label={label}
      value={value}
      onChange={(event) => onChoose(event.currentTarget.value)}
    >
      {!known && <option value={value}>{value}</option>}
      {choices.map((choice) => (
        <option key={choice.value} value={choice.value}>
          {choice.label}
        </option>
      ))}
    </select>
  );
}

interface RadiosProps {
  name: string;
  choices: (Choice & { detail?: ComponentChildren; title?: string })[];
  value: string;
  invalid: boolean;
  class: string;
  onChoose: (value: string) => void;
}

/** Real radio buttons in another dress: arrows, Tab and screen readers work as everywhere. */
export function Radios({ name, choices, value, invalid, onChoose, ...props }: RadiosProps) {
  return (
    <div class={props.class}>
      {choices.map((choice) => (
        <label key={choice.value} class="lk-s-choice" title={choice.title}>
          <input
            type="radio"
            class="lk-s-choice-input"
            name={name}
            value={choice.value}
            checked={choice.value === value}
            aria-invalid={invalid}
            onChange={() => onChoose(choice.value)}
          />
          <span class="lk-s-choice-face">
            <span class="lk-s-choice-label">{choice.label}</span>
            {choice.detail}
          </span>
        </label>
      ))}
    </div>
  );
}
