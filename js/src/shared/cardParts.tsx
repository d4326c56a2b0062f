// The parts that a job's card is put together from, in whatever state.

import type { Card } from "./card";

/** The phase; a hidden status tells it to those who cannot see it. */
export function Headline({ card }: { card: Card }) {
  return (
    <span class="lk-headline">
      <strong aria-hidden="true">{card.headline}</strong>
      {card.word && <span class="lk-word">“{card.word}”</span>}
    </span>
  );
}

export function Facts({ card }: { card: Card }) {
  return (
    <span class="lk-facts">
      {card.facts.map((fact, index) => (
        <span key={index}>{fact}</span>
      ))}
    </span>
  );
}

/** What makes the video, and where. */
export function Origin({ card }: { card: Card }) {
  return (
    <>
      {card.model && (
        <span class="lk-chip" dir="auto" title={card.model}>
          {card.model}
        </span>
      )}
      {card.provider && <span>{card.provider}</span>}
    </>
  );
}

export function Bar({ share }: { share: number | null }) {
  const known = share === null ? {} : { "aria-valuenow": Math.round(share * 100) };
  return (
    <div
      class={share === null ? "lk-bar lk-bar--unknown" : "lk-bar"}
      role="progressbar"
      aria-label="Progress of the video"
      aria-valuemin={0}
      aria-valuemax={100}
      {...known}
    >
      <div style={{ "--lk-share": String(share ?? 0) }} />
    </div>
  );
}

export function Prompt({ card }: { card: Card }) {
  if (!card.prompt) return null;
  return (
    <p class="lk-prompt" dir="auto">
      {card.prompt}
    </p>
  );
}

export function Message({ card }: { card: Card }) {
  if (!card.message) return null;
  return (
    <p class="lk-message" dir="auto" role={card.state === "failed" ? "alert" : undefined}>
      {card.message}
    </p>
  );
}

export function Cancel({ enabled, onCancel }: { enabled: boolean; onCancel: () => void }) {
  return (
    <button type="button" class="lk-button lk-cancel" disabled={!enabled} onClick={onCancel}>
      Cancel
    </button>
  );
}
