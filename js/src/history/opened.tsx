// The job that is looked at, in its place among the others: its video, and what can be done.

import { useEffect, useRef, useState } from "preact/hooks";

import { ask } from "../shared/ask";
import { isGoing, JobCard } from "../shared/JobCard";
import { Rating } from "../shared/Stars";
import { excerpt } from "../shared/words";
import { type Answer, type Deed, useAnswers } from "./answers";
import { Code } from "./code";
import { Line } from "./icons";
import type { HistoryModel, Opened, Tile } from "./state";

interface PanelProps {
  model: HistoryModel;
  tile: Tile;
  /** Of this job, or still of another one. */
  opened: Opened;
  onClose: () => void;
}

export function Panel({ model, tile, opened, onClose }: PanelProps) {
  const root = useRef<HTMLElement>(null);
  useEffect(() => {
    root.current?.focus({ preventScroll: true });
    root.current?.scrollIntoView?.({ block: "nearest" });
  }, []);
  const { task_id } = tile;
  const known = opened.task_id === task_id ? opened : null;
  return (
    <section
      ref={root}
      class="lk-h-panel"
      aria-label={`Opened: ${excerpt(tile.prompt, 60)}`}
      // It takes the focus, so that keys go on here.
      tabIndex={-1}
      aria-busy={known === null}
    >
      <button
        type="button"
        class="lk-press lk-h-close"
        aria-label="Close"
        title="Close (Esc)"
        onClick={onClose}
      >
        <Line name="close" />
      </button>
      {known?.card ? (
        <>
          <div class="lk-h-film">
            <JobCard
              model={model}
              card={known.card}
              onCancel={() => ask(model, { kind: "cancel", task_id })}
            />
          </div>
          <Side key={task_id} model={model} tile={tile} opened={known} />
        </>
      ) : (
        <p class="lk-h-note" role={known ? "alert" : "status"}>
          {known?.problem || "Opening …"}
        </p>
      )}
    </section>
  );
}

function Side({ model, tile, opened }: { model: HistoryModel; tile: Tile; opened: Opened }) {
  const { task_id, settings, made, has_form } = opened;
  const [answer, act, dismiss] = useAnswers(model, task_id);
  const shown: [string, string][] = [["Made", made], ...settings];
  return (
    <>
      <div class="lk-h-side">
        {opened.card?.video && (
          <Rating
            rating={tile.rating}
            onRate={(rating) => ask(model, { kind: "rate", task_id, rating })}
          />
        )}
        <dl class="lk-h-settings">
          {shown.map(([label, text]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd dir="auto">{text}</dd>
            </div>
          ))}
        </dl>
        <Actions opened={opened} answer={answer} act={act} dismiss={dismiss} />
      </div>
      {answer?.deed === "reuse" && !has_form && <Code opened={opened} />}
    </>
  );
}

interface ActionsProps {
  opened: Opened;
  answer: Answer | null;
  act: (deed: Deed) => void;
  dismiss: () => void;
}

function Actions({ opened, answer, act, dismiss }: ActionsProps) {
  const [asking, setAsking] = useState(false);
  const { card, has_form, goes } = opened;
  const coded = answer?.deed === "reuse" && !has_form;
  const start = (deed: Deed) => {
    setAsking(false);
    if (answer?.state !== "asked") act(deed);
  };
  return (
    <>
      <div class="lk-h-actions">
        {card?.video && (
          <button
            type="button"
            class="lk-button"
            title="Copy the video to a file beside the notebook"
            onClick={() => start("save")}
          >
            Save
          </button>
        )}
        <button
          type="button"
          class="lk-button"
          title={has_form ? "Put its settings into the form" : "Show the code that makes it"}
          aria-expanded={has_form ? undefined : coded}
          onClick={() => (coded ? dismiss() : start("reuse"))}
        >
          Reuse settings
        </button>
        {card && !isGoing(card) && (
          <button
            type="button"
            class="lk-button"
            title="Remove it for good"
            aria-expanded={asking}
            onClick={() => {
              dismiss();
              setAsking(!asking);
            }}
          >
            Forget …
          </button>
        )}
      </div>
      {asking && <Sure goes={goes} onYes={() => start("forget")} onNo={() => setAsking(false)} />}
      <p class={answer?.state === "refused" ? "lk-h-told lk-h-refused" : "lk-h-told"} role="status">
        {answer && said(answer, opened)}
      </p>
    </>
  );
}

function said(answer: Answer, opened: Opened): string {
  if (answer.state === "asked") return answer.deed === "save" ? "Saving …" : "Forgetting …";
  if (answer.deed === "reuse" && answer.state === "done") {
    return opened.has_form ? "The form has these settings." : "";
  }
  return answer.message;
}

function Sure({ goes, onYes, onNo }: { goes: string; onYes: () => void; onNo: () => void }) {
  const no = useRef<HTMLButtonElement>(null);
  useEffect(() => no.current?.focus({ preventScroll: true }), []);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div class="lk-h-sure" role="group" aria-label="Forget for good?">
      <p>{goes}</p>
      <div class="lk-h-actions">
        <button type="button" class="lk-button lk-h-danger" onClick={onYes}>
          Forget for good
        </button>
        <button ref={no} type="button" class="lk-button" onClick={onNo}>
          Keep
        </button>
      </div>
    </div>
  );
}
