// A job's state, and its video in the same place once there is one.

import { useEffect, useState } from "preact/hooks";
import type { Card, Video } from "./card";
import { Bar, Cancel, Facts, Headline, Message, Origin, Prompt } from "./cardParts";
import type { Channel } from "./model";
import { Player } from "./Player";
import { roomStyle } from "./room";
import { excerpt } from "./words";

/** The kernel's answer to a click takes a moment, in which a second one would mean nothing. */
const UNTIL_CANCELLING = 5000;

export interface JobCardProps {
  model: Channel;
  card: Card;
  onCancel: () => void;
  /** What comes in its place in the end has no row of controls below its picture. */
  plainEnd?: boolean;
}

export function JobCard({ model, card, onCancel, plainEnd = false }: JobCardProps) {
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    if (!asked) return;
    const timer = setTimeout(() => setAsked(false), UNTIL_CANCELLING);
    return () => clearTimeout(timer);
  }, [asked]);
  const cancel = () => {
    setAsked(true);
    onCancel();
  };
  const given = { card, canCancel: card.can_cancel && !asked, onCancel: cancel };
  const look = lookOf(card);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div
      class={`lk-card lk-card--${look} lk-is-${card.state}`}
      role="group"
      aria-label={`Video job: ${excerpt(card.prompt)}`}
    >
      {/* Tells phases, and not every second: a headline holds no time while the job goes on. */}
      <span class="lk-heard" role="status">
        {card.headline}
      </span>
      {look === "film" && card.video && <Done model={model} card={card} video={card.video} />}
      {look === "room" && <Going {...given} plainEnd={plainEnd} />}
      {look === "line" && <Line {...given} />}
      {look === "panel" && <Panel card={card} />}
    </div>
  );
}

function lookOf(card: Card): "film" | "room" | "line" | "panel" {
  if (card.state === "done" && card.video !== null) return "film";
  if (card.small) return "line";
  return isGoing(card) ? "room" : "panel";
}

/** Whether it may still change. */
export function isGoing(card: Card): boolean {
  return card.state === "waiting" || card.state === "running";
}

interface GoingProps {
  card: Card;
  canCancel: boolean;
  onCancel: () => void;
}

/** The picture's room while there is no picture, as high as what takes its place. */
function Going({ card, canCancel, onCancel, plainEnd }: GoingProps & { plainEnd: boolean }) {
  const controls = (
    <div class="lk-controls">
      <Facts card={card} />
      <Cancel enabled={canCancel} onCancel={onCancel} />
    </div>
  );
  return (
    <div class="lk-film" style={roomStyle(card.width, card.height)}>
      <div class="lk-stage">
        <div class="lk-picture lk-room">
          <Headline card={card} />
          <Bar share={card.share} />
          {plainEnd && controls}
        </div>
        {!plainEnd && controls}
      </div>
      <Message card={card} />
      <Prompt card={card} />
      <div class="lk-foot">
        <Origin card={card} />
      </div>
    </div>
  );
}

function Done({ model, card, video }: { model: Channel; card: Card; video: Video }) {
  const [loop, setLoop] = useState(true);
  const [speed, setSpeed] = useState(1);
  const foot = (
    <>
      <Headline card={card} />
      <Facts card={card} />
      <Origin card={card} />
    </>
  );
  return (
    <>
      <Player
        model={model}
        video={video}
        loop={loop}
        speed={speed}
        onLoop={setLoop}
        onSpeed={setSpeed}
        foot={foot}
      />
      <Message card={card} />
    </>
  );
}

/** An end without a video. */
function Panel({ card }: { card: Card }) {
  return (
    <>
      <div class="lk-row">
        <Headline card={card} />
        <Facts card={card} />
      </div>
      <Prompt card={card} />
      <Message card={card} />
      <div class="lk-foot">
        <Origin card={card} />
        <span class="lk-id">{card.task_id}</span>
      </div>
    </>
  );
}

function Line({ card, canCancel, onCancel }: GoingProps) {
  const going = isGoing(card);
  return (
    <>
      <div class="lk-row">
        <Headline card={card} />
        <span>{card.model}</span>
        <Facts card={card} />
        {going && <Cancel enabled={canCancel} onCancel={onCancel} />}
      </div>
      {going && <Bar share={card.share} />}
      <Prompt card={card} />
      <Message card={card} />
    </>
  );
}
