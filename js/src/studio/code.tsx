// The same request as code: to copy, and to learn from while the form changes.

import { useEffect, useState } from "preact/hooks";
import { copyText } from "../shared/clipboard";
import { CheckIcon } from "./icons";
import { useView } from "./view";

export function Code() {
  const { desk, stale, problems } = useView();
  const { python, magic, no_magic } = desk.get("check");
  // Code must say what the form says, to the last character.
  const fits = !stale && problems.size === 0;
  const none =
    stale && problems.size === 0
      ? "The code follows in a moment."
      : (fits && no_magic) || "There is no code until the form is right.";
  return (
    <div class="lk-s-code">
      <div class="lk-s-row lk-s-wrap">
        <CopyButton label="Copy as Python" text={fits ? python : ""} why={none} />
        <CopyButton label="Copy as %%video" text={fits ? magic : ""} why={none} />
      </div>
      {fits && no_magic && <p class="lk-s-help">{no_magic}</p>}
      <details class="lk-s-details">
        <summary class="lk-s-summary">Code</summary>
        {python ? (
          <section
            class={fits ? "lk-s-pre" : "lk-s-pre lk-s-stale"}
            aria-label="Python"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keys
            tabIndex={0}
          >
            <pre>
              <code>{python}</code>
            </pre>
          </section>
        ) : (
          <p class="lk-s-help">{none}</p>
        )}
      </details>
    </div>
  );
}

/** How long "Copied" stands: milliseconds. */
const THANKS = 2000;

function CopyButton({ label, text, why }: { label: string; text: string; why: string }) {
  const { say } = useView();
  const [state, setState] = useState<"" | "copied" | "failed">("");
  useEffect(() => {
    if (!state) return;
    const timer = setTimeout(() => setState(""), THANKS);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async () => {
    if (!text) return;
    const done = await copyText(text);
    setState(done ? "copied" : "failed");
    say(done ? "Copied" : "The browser does not let this page copy");
  };
  const face = { "": label, copied: "Copied", failed: "Cannot copy here" }[state];
  return (
    <button
      type="button"
      class="lk-s-button lk-s-quiet"
      aria-disabled={!text}
      title={text ? "" : why}
      onClick={() => void copy()}
    >
      {/* Both faces lie on each other, so that the button keeps its width. */}
      <span class="lk-s-faces">
        <span class={state ? "lk-s-away" : ""}>{label}</span>
        <span class={state ? "" : "lk-s-away"} aria-hidden={!state}>
          {state === "copied" && <CheckIcon />}
          {state ? face : ""}
        </span>
      </span>
    </button>
  );
}
