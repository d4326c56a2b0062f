// One job in the gallery: its picture, and the least that tells it from the others.

import { useRef } from "preact/hooks";

import type { Channel } from "../shared/model";
import { Stars, spokenStars } from "../shared/Stars";
import { useNear } from "../shared/useNear";
import { usePoster } from "../shared/videos";
import { excerpt } from "../shared/words";
import { Line } from "./icons";
import type { Tile } from "./state";

interface TileProps {
  model: Channel;
  tile: Tile;
  open: boolean;
  onOpen: () => void;
}

export function TileButton({ model, tile, open, onOpen }: TileProps) {
  const facts = [tile.model, tile.cost].filter(Boolean);
  return (
    <button
      type="button"
      class={`lk-h-tile lk-is-${tile.state}`}
      data-task={tile.task_id}
      aria-expanded={open}
      aria-label={spoken(tile)}
      onClick={onOpen}
    >
      <Picture model={model} tile={tile} />
      <span class="lk-h-words" dir="auto">
        {tile.prompt}
      </span>
      <span class="lk-h-facts">
        {facts.map((fact) => (
          <span key={fact}>{fact}</span>
        ))}
      </span>
      <span class="lk-h-facts">
        <span>{tile.made}</span>
        {tile.rating !== null && <Stars rating={tile.rating} />}
      </span>
    </button>
  );
}

function spoken(tile: Tile): string {
  const stars = tile.rating === null ? "" : spokenStars(tile.rating);
  const parts = [excerpt(tile.prompt), tile.headline, tile.model, tile.made, tile.cost, stars];
  return parts.filter(Boolean).join(", ");
}

function Picture({ model, tile }: { model: Channel; tile: Tile }) {
  const root = useRef<HTMLSpanElement>(null);
  const near = useNear(root);
  const poster = usePoster(model, tile.has_video ? tile.task_id : null, near);
  const tall = tile.height > tile.width;
  return (
    <span ref={root} class="lk-h-picture">
      {poster && <img class={tall ? "lk-h-tall" : ""} src={poster} alt="" />}
      {!poster && <Instead tile={tile} />}
      {tile.length && <span class="lk-h-length">{tile.length}</span>}
    </span>
  );
}

/** What stands where there is no picture, or none yet. */
function Instead({ tile }: { tile: Tile }) {
  if (tile.state === "done") {
    return (
      <span class="lk-h-instead">
        <Line name={tile.has_video ? "video" : "gone"} />
        {!tile.has_video && <span>File removed</span>}
      </span>
    );
  }
  const going = tile.state === "waiting" || tile.state === "running";
  return (
    <span class="lk-h-instead">
      {!going && <Line name={tile.state === "failed" ? "failed" : "close"} />}
      <span>{tile.headline}</span>
      {going && (
        <span class={tile.share === null ? "lk-bar lk-bar--unknown" : "lk-bar"}>
          <span style={{ "--lk-share": String(tile.share ?? 0) }} />
        </span>
      )}
    </span>
  );
}
