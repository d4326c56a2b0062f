// One field of the form: its name, its control, and beneath it what there is to say about it.

import type { ComponentChildren } from "preact";

import type { Field } from "./fields";
import { useView } from "./view";

/** What a control needs to be known to belong to its field. */
export interface Wiring {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean;
}

export interface FieldNotes {
  /** What is wrong, once a person should know. */
  problem: string;
  /** What happened to it when the model was changed. */
  moved: string;
}

/** What there is to say about a field; some fields answer to several names. */
export function useNotes(...fields: Field[]): FieldNotes {
  const { desk, problems } = useView();
  const find = (text: (field: Field) => string) => fields.map(text).find(Boolean) ?? "";
  return {
    problem: find((field) => problems.get(field) ?? ""),
    moved: find((field) => desk.moved(field)),
  };
}

export function useWiring(field: Field, notes: FieldNotes, help = ""): Wiring {
  const id = useView().idOf(field);
  const said = Boolean(notes.problem || notes.moved || help);
  return {
    id,
    "aria-describedby": said ? `${id}-notes` : undefined,
    "aria-invalid": Boolean(notes.problem),
  };
}

interface FieldBoxProps {
  field: Field;
  label: string;
  notes: FieldNotes;
  help?: string | undefined;
  /** Beside the label, at the far end. */
  aside?: ComponentChildren;
  /** Gives the field back to the model; only where there is something to give back. */
  onAuto?: (() => void) | undefined;
  children: ComponentChildren;
}

export function FieldBox(props: FieldBoxProps) {
  const { field, label, notes, help, aside, onAuto, children } = props;
  const id = useView().idOf(field);
  return (
    <div class="lk-s-field" data-field={field}>
      <div class="lk-s-field-head">
        <label class="lk-s-label" for={id}>
          {label}
        </label>
        {aside}
        {onAuto && <AutoButton label={label} onAuto={onAuto} />}
      </div>
      {children}
      <Notes id={`${id}-notes`} notes={notes} help={help} />
    </div>
  );
}

/** The same around a group of controls that each have a label of their own. */
export function GroupBox(props: FieldBoxProps) {
  const { field, label, notes, help, aside, onAuto, children } = props;
  const id = useView().idOf(field);
  const said = Boolean(notes.problem || notes.moved || help);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend cannot stand in a row.
    <div
      class="lk-s-field"
      role="group"
      data-field={field}
      aria-labelledby={`${id}-label`}
      aria-describedby={said ? `${id}-notes` : undefined}
    >
      <div class="lk-s-field-head">
        <span class="lk-s-label" id={`${id}-label`}>
          {label}
        </span>
        {aside}
        {onAuto && <AutoButton label={label} onAuto={onAuto} />}
      </div>
      {children}
      <Notes id={`${id}-notes`} notes={notes} help={help} />
    </div>
  );
}

function AutoButton({ label, onAuto }: { label: string; onAuto: () => void }) {
  return (
    <button
      type="button"
      class="lk-s-link lk-s-auto"
      title="Leave this to the model"
      aria-label={`Auto: leave the ${label.toLowerCase()} to the model`}
      onClick={(event) => {
        passFocus(event.currentTarget);
        onAuto();
      }}
    >
      Auto
    </button>
  );
}

/** Hands the focus to the field's control, before a button goes away that has it. */
export function passFocus(button: HTMLElement): void {
  const field = button.closest(".lk-s-field");
  field?.querySelector<HTMLElement>("input:not([hidden]), select, textarea")?.focus();
}

function Notes({ id, notes, help }: { id: string; notes: FieldNotes; help?: string | undefined }) {
  if (!notes.problem && !notes.moved && !help) return null;
  return (
    <div class="lk-s-notes" id={id}>
      {notes.problem && <div class="lk-s-problem">{notes.problem}</div>}
      {notes.moved && <div class="lk-s-moved">{notes.moved}</div>}
      {help && <div class="lk-s-help">{help}</div>}
    </div>
  );
}
