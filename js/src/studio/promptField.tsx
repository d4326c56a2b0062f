// The prompt: grows with its text, and counts.

import { FieldBox, useNotes, useWiring } from "./field";
import { characters, hint } from "./prompt";
import { useView } from "./view";

export function PromptField() {
  const { desk, controls } = useView();
  const raw = desk.raw("prompt");
  const all = useNotes("prompt");
  // An empty form is no mistake yet; the button says what is missing.
  const quiet = raw.trim() === "" && !desk.touched.has("prompt");
  const notes = quiet ? { ...all, problem: "" } : all;
  const help = notes.problem ? "" : hint(raw);
  const wiring = useWiring("prompt", notes, help);
  return (
    <FieldBox
      field="prompt"
      label="Prompt"
      notes={notes}
      help={help}
      aside={<Counter count={characters(raw)} limits={controls.prompt_limits} />}
    >
      {/* The copy behind it gives the height: it needs no measuring, also while out of sight. */}
      <div class="lk-s-grow" data-text={`${raw} `}>
        <textarea
          {...wiring}
          class="lk-s-input lk-s-prompt"
          dir="auto"
          rows={3}
          placeholder="What should the video show?"
          aria-required="true"
          aria-keyshortcuts="Control+Enter Meta+Enter"
          value={raw}
          onInput={(event) => desk.type("prompt", event.currentTarget.value)}
          onBlur={() => desk.leave("prompt")}
        />
      </div>
    </FieldBox>
  );
}

function Counter({ count, limits }: { count: number; limits: [number, number] | null }) {
  const most = limits?.[1];
  const over = most !== undefined && count > most;
  const near = most !== undefined && count > most * 0.9;
  const shown = count.toLocaleString("en-US");
  const words =
    most === undefined
      ? `${shown} ${count === 1 ? "character" : "characters"}`
      : `${shown} / ${most.toLocaleString("en-US")}`;
  return (
    <span class={`lk-s-count ${over ? "lk-s-over" : near ? "lk-s-near" : ""}`}>
      {words}
      {most !== undefined && <span class="lk-s-hidden"> characters</span>}
    </span>
  );
}

/** What the video should not show, where the model takes that. */
export function NegativeField() {
  const { desk, form } = useView();
  const notes = useNotes("negative_prompt");
  const wiring = useWiring("negative_prompt", notes);
  const raw = desk.raw("negative_prompt");
  return (
    <FieldBox
      field="negative_prompt"
      label="Negative prompt"
      notes={notes}
      onAuto={form.negative_prompt === null ? undefined : () => desk.put({ negative_prompt: null })}
    >
      <div class="lk-s-grow" data-text={`${raw} `}>
        <textarea
          {...wiring}
          class="lk-s-input lk-s-prompt"
          dir="auto"
          rows={1}
          placeholder="What it should not show"
          value={raw}
          onInput={(event) => desk.type("negative_prompt", event.currentTarget.value)}
          onBlur={() => desk.leave("negative_prompt")}
        />
      </div>
    </FieldBox>
  );
}
