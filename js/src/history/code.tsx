// The code that makes a job's request once more.

import { useState } from "preact/hooks";

import { copyText } from "../shared/clipboard";
import type { Opened } from "./state";

export function Code({ opened: { python, magic, no_code } }: { opened: Opened }) {
  if (!python) return <p class="lk-h-told">{no_code}</p>;
  return (
    <section class="lk-h-code" aria-label="Code">
      <div class="lk-h-actions">
        <Copy label="Copy as Python" text={python} />
        {magic && <Copy label="Copy as %%video" text={magic} />}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keys */}
      <pre tabIndex={0}>
        <code>{python}</code>
      </pre>
    </section>
  );
}

function Copy({ label, text }: { label: string; text: string }) {
  const [said, setSaid] = useState("");
  // Not allowed in every host; the text can be selected as well.
  const copy = async () => setSaid((await copyText(text)) ? "Copied" : "Cannot copy here");
  return (
    <>
      <button type="button" class="lk-button lk-h-quiet" onClick={() => void copy()}>
        {label}
      </button>
      <span class="lk-h-told" role="status">
        {said}
      </span>
    </>
  );
}
