// The button that starts it, what it will cost, and what the kernel has to say about it.

import { homeless } from "./problems";
import { useView, type View } from "./view";

/** Why Generate cannot be pressed now; "" if it can. */
export function obstacle(view: View): string {
  const { problems, picture, submission, coming } = view;
  const wrong = [...problems.values()];
  if (wrong.length > 0) return wrong.length === 1 ? (wrong[0] ?? "") : "Some fields need a look.";
  if (picture.uploading) return "The picture is still on its way.";
  if (submission.waiting) return "The last request is not answered yet.";
  return coming ? "Checking…" : "";
}

/**
 * Starts the request for a click or key press, or leads to the first field that is in the way.
 * The check that counts is the kernel's own.
 */
export function generate(view: View, gesture: Event, confirm = false): void {
  if (!obstacle(view)) {
    view.submission.ask(gesture, confirm);
    return;
  }
  for (const field of view.problems.keys()) view.desk.touched.add(field);
  view.say(obstacle(view));
  view.leadToProblem();
}

export function GenerateBar() {
  const view = useView();
  const { desk, form, problems, controls, submission, idOf } = view;
  const hindrance = obstacle(view);
  const waiting = submission.waiting;
  const several = form.count > 1 ? `Generate ${form.count} videos` : "Generate";
  return (
    <div class="lk-generate">
      <HomelessProblems problems={homeless(problems, form, controls)} />
      <div class="lk-row lk-wrap">
        <button
          type="button"
          class="lk-button lk-primary"
          // Not `disabled`: a button that had the focus would lose it, and say nothing to anybody.
          aria-disabled={hindrance !== ""}
          aria-describedby={idOf("obstacle")}
          aria-keyshortcuts="Control+Enter Meta+Enter"
          title={hindrance || "Ctrl+Enter or ⌘+Enter"}
          onClick={(event) => generate(view, event)}
        >
          {waiting && <span class="lk-spinner" />}
          {several}
        </button>
        <span class="lk-hidden" id={idOf("obstacle")}>
          {hindrance}
        </span>
        <Estimate />
      </div>
      <div role="status" class="lk-say">
        {waiting && submission.slow && (
          <p class="lk-help">
            The kernel is busy with another cell; the request follows when it is free.
          </p>
        )}
        {submission.remark && <p class="lk-moved">{submission.remark}</p>}
        {submission.question && <Question text={submission.question} />}
      </div>
      <div role="alert" class="lk-say">
        {submission.refusal && <p class="lk-problem">{submission.refusal}</p>}
      </div>
      {desk.get("answer").state === "checking" && <p class="lk-help">Checking…</p>}
    </div>
  );
}

function HomelessProblems({ problems }: { problems: string[] }) {
  return problems.map((problem) => (
    <p key={problem} class="lk-problem">
      {problem}
    </p>
  ));
}

function Estimate() {
  const { desk, form, stale } = useView();
  const { cost, time } = desk.get("check");
  const words = [cost && form.count > 1 ? `${form.count} × ${cost}` : cost, time].filter(Boolean);
  if (words.length === 0) return null;
  return (
    <span class={stale ? "lk-estimate lk-stale" : "lk-estimate"}>{words.join(" · ")}</span>
  );
}

function Question({ text }: { text: string }) {
  const view = useView();
  const { cost } = view.desk.get("check");
  return (
    <div class="lk-question">
      <p>{text}</p>
      <div class="lk-row lk-wrap">
        <button
          type="button"
          class="lk-button lk-primary"
          aria-disabled={obstacle(view) !== ""}
          onClick={(event) => generate(view, event, true)}
        >
          Generate{cost ? ` for ${cost}` : ""}
        </button>
        <button type="button" class="lk-button" onClick={() => view.submission.dismiss()}>
          Not now
        </button>
      </div>
    </div>
  );
}
