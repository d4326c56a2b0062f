// What is known of a video, to read and to copy.

import { useState } from "preact/hooks";

import type { Video } from "./card";
import { copyText } from "./clipboard";
import { Icon } from "./icons";

/** Below a picture longer prompts are cut; see player.css. */
const LONG_PROMPT = 250;

export function Details({ video }: { video: Video }) {
  return (
    <details class="lk-details">
      <summary>Details</summary>
      <dl>
        {video.prompt.length > LONG_PROMPT && (
          <div>
            <dt>Prompt</dt>
            <dd dir="auto" class="lk-whole">
              {video.prompt}
            </dd>
          </div>
        )}
        {video.details.map(([label, text]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd dir="auto">
              {text}
              {text === video.task_id && (
                <Copy text={text} label={`Copy the ${label.toLowerCase()}`} />
              )}
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function Copy({ text, label }: { text: string; label: string }) {
  const [said, setSaid] = useState("");
  // Not allowed in every host; the text can be selected as well.
  const copy = async () => setSaid((await copyText(text)) ? "Copied" : "Cannot copy here");
  return (
    <>
      <button
        type="button"
        class="lk-press lk-copy"
        aria-label={label}
        title={label}
        onClick={() => void copy()}
      >
        <Icon name="copy" />
      </button>
      <span role="status">{said}</span>
    </>
  );
}
