// A job's state, and its video in the same place once there is one.

import { useEffect, useState } from "preact/hooks";

import type { Card } from "./card";
import type { Channel } from "./model";
import { Player } from "./Player";
import { roomStyle } from "./room";

export interface JobCardProps {
  model: Channel;
  card: Card;
  onCancel: () => void;
}

export function JobCard({ model, card, onCancel }: JobCardProps) {
  const [loop, setLoop] = useState(true);
  const [speed, setSpeed] = useState(1);
  const { state, video } = card;
  const going = state === "waiting" || state === "running";
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div class={`lk-card lk-card--${state}`} role="group" aria-label={`Video job: ${card.prompt}`}>
      {/* Tells phases, and not every second: the headline holds no time while it goes on. */}
      <span class="lk-heard" role="status">
        {card.headline}
      </span>
      {going && <Progress card={card} />}
      {state === "done" && video !== null && (
        <Player
          model={model}
          video={video}
          loop={loop}
          speed={speed}
          onLoop={setLoop}
          onSpeed={setSpeed}
        />
      )}
      {!going && <Headline card={card} />}
      {!going && <Prompt card={card} />}
      <Message card={card} />
      <div class="lk-foot">
        {card.model && <span class="lk-chip">{card.model}</span>}
        <span>{card.provider}</span>
        {going && <Cancel card={card} onCancel={onCancel} />}
      </div>
    </div>
  );
}

/** The picture's room while there is no picture. */
function Progress({ card }: { card: Card }) {
  return (
    <div class="lk-picture lk-room" style={roomStyle(card.width, card.height)}>
      <Prompt card={card} />
      <div class="lk-progress">
        <Headline card={card} />
        <Bar share={card.share} />
      </div>
    </div>
  );
}

function Headline({ card }: { card: Card }) {
  return (
    <div class="lk-headline">
      <strong aria-hidden="true">{card.headline}</strong>
      {card.word && <span>“{card.word}”</span>}
      <span class="lk-facts">
        {card.facts.map((fact) => (
          <span key={fact}>{fact}</span>
        ))}
      </span>
    </div>
  );
}

function Bar({ share }: { share: number | null }) {
  const known = share === null ? {} : { "aria-valuenow": Math.round(share * 100) };
  return (
    <div
      class={`lk-bar${share === null ? " lk-bar--unknown" : ""}`}
      role="progressbar"
      aria-label="Progress of the video"
      aria-valuemin={0}
      aria-valuemax={100}
      {...known}
    >
      <div style={share === null ? {} : { transform: `scaleX(${share})` }} />
    </div>
  );
}

function Prompt({ card }: { card: Card }) {
  return (
    <p class="lk-prompt" dir="auto">
      {card.prompt}
    </p>
  );
}

function Message({ card }: { card: Card }) {
  if (!card.message) return null;
  return (
    <p class="lk-message" dir="auto" role={card.state === "failed" ? "alert" : undefined}>
      {card.message}
    </p>
  );
}

function Cancel({ card, onCancel }: { card: Card; onCancel: () => void }) {
  // The kernel's answer takes a moment; a second click would mean nothing.
  const [asked, setAsked] = useState(false);
  useEffect(() => setAsked(false), [card]);
  const cancel = () => {
    setAsked(true);
    onCancel();
  };
  return (
    <button
      type="button"
      class="lk-button lk-cancel"
      disabled={!card.can_cancel || asked}
      onClick={cancel}
    >
      Cancel
    </button>
  );
}
