// The button that starts it, what it will cost, and what the kernel has to say about it.

import { homeless } from "./problems";
import { UnderWay } from "./underway";
import { useView, type View } from "./view";

/**
 * Starts the request for a click or key press, or leads to the first field that is in the way.
 * The check that counts is the kernel's own.
 */
export function generate(view: View, gesture: Event, confirm = false): void {
  const obstacle = view.submission.ask(gesture, confirm);
  if (!obstacle) return;
  // From now on an empty form is a mistake as well.
  view.desk.touched.add("prompt");
  view.say(obstacle);
  view.leadToProblem();
}

export function GenerateBar() {
  const view = useView();
  const { desk, form, submission, idOf } = view;
  const { question, waiting } = submission;
  const obstacle = submission.obstacle();
  const checking = submission.holding || desk.get("answer").state === "checking";
  const several = form.count > 1 ? `Generate ${form.count} videos` : "Generate";
  return (
    <div class="lk-s-generate">
      <HomelessProblems problems={homeless(view)} />
      <div class="lk-s-row lk-s-wrap">
        <button
          type="button"
          class="lk-s-button lk-s-primary"
          // Not `disabled`: a button that had the focus would lose it, and say nothing to anybody.
          aria-disabled={obstacle !== ""}
          aria-describedby={idOf("obstacle")}
          aria-keyshortcuts="Control+Enter Meta+Enter"
          title={obstacle || "Ctrl+Enter or ⌘+Enter"}
          onClick={(event) => generate(view, event)}
        >
          {(waiting || checking) && <span class="lk-s-spinner" />}
          {several}
        </button>
        <span class="lk-s-hidden" id={idOf("obstacle")}>
          {obstacle}
        </span>
        <Estimate />
      </div>
      <UnderWay />
      <div role="status" class="lk-s-say">
        {checking && <p class="lk-s-help">Checking…</p>}
        {waiting && submission.slow && (
          <p class="lk-s-help">
            The kernel is busy with another cell; the request follows when it is free.
          </p>
        )}
        {submission.remark && <p class="lk-s-moved">{submission.remark}</p>}
        {question && <Question text={question} />}
      </div>
      <div role="alert" class="lk-s-say">
        {submission.refusal && <p class="lk-s-problem">{submission.refusal}</p>}
      </div>
    </div>
  );
}

function HomelessProblems({ problems }: { problems: string[] }) {
  return problems.map((problem) => (
    <p key={problem} class="lk-s-problem">
      {problem}
    </p>
  ));
}

function Estimate() {
  const { desk, stale, coming } = useView();
  const { cost, time } = desk.get("check");
  // A moment's delay need not flicker; but no price is better than that of another form.
  if (stale && !coming) return null;
  const words = [cost, time].filter(Boolean);
  if (words.length === 0) return null;
  return <span class="lk-s-estimate">{words.join(" · ")}</span>;
}

function Question({ text }: { text: string }) {
  const view = useView();
  const { cost } = view.desk.get("check");
  return (
    <div class="lk-s-question">
      <p>{text}</p>
      <div class="lk-s-row lk-s-wrap">
        <button
          type="button"
          class="lk-s-button lk-s-primary"
          aria-disabled={view.submission.obstacle(true) !== ""}
          onClick={(event) => {
            passOn(event.currentTarget);
            generate(view, event, true);
          }}
        >
          Generate{cost ? ` for ${cost}` : ""}
        </button>
        <button
          type="button"
          class="lk-s-button"
          onClick={(event) => {
            passOn(event.currentTarget);
            view.submission.dismiss();
          }}
        >
          Not now
        </button>
      </div>
    </div>
  );
}

/** Both buttons go away with the question; the focus goes to the one that stays. */
function passOn(button: HTMLElement): void {
  button.closest(".lk-s-generate")?.querySelector<HTMLElement>(".lk-s-primary")?.focus();
}
