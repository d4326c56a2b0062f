// One video: its picture, or what became of it, and its stars. It holds a decoder only while it is
// in view and videos are wanted.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import type { Channel } from "../shared/model";
import { Rating, spokenStars } from "../shared/Stars";
import { useNear } from "../shared/useNear";
import { usePoster, useVideo } from "../shared/videos";
import { excerpt } from "../shared/words";
import type { Ensemble } from "./ensemble";
import type { Cell } from "./state";
import type { Placed } from "./table";

/** How near to the view a video is loaded. */
const MARGIN = "60px";

export interface TileProps {
  model: Channel;
  placed: Placed;
  ensemble: Ensemble;
  engaged: boolean;
  rating: number | null;
  /** Whether Tab leads to it. */
  current: boolean;
  onFocus: (key: string) => void;
  onRate: (cell: Cell, rating: number | null) => void;
}

export function Tile(props: TileProps) {
  const { model, placed, ensemble, engaged, rating, current, onFocus, onRate } = props;
  const { cell, apart } = placed;
  const root = useRef<HTMLDivElement>(null);
  const near = useNear(root, MARGIN);
  const focus = useCallback(() => onFocus(cell.key), [onFocus, cell.key]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div
      ref={root}
      class={`lk-c-tile lk-c-is-${cell.state}`}
      role="group"
      aria-label={spoken(placed, rating)}
      data-key={cell.key}
      tabIndex={current ? 0 : -1}
      onFocus={focus}
    >
      <Picture {...{ model, cell, ensemble, near }} moving={engaged && near} />
      <div class="lk-c-under">
        <span class="lk-c-apart" dir="auto" title={apart}>
          {apart || cell.facts}
        </span>
        {cell.state === "completed" && (
          <Rating rating={rating} reachable={current} onRate={(given) => onRate(cell, given)} />
        )}
      </div>
    </div>
  );
}

function spoken({ cell, where }: Placed, rating: number | null): string {
  const parts = [excerpt(where), cell.words || cell.facts, cell.reused ? "reused" : ""];
  if (rating !== null) parts.push(spokenStars(rating));
  return parts.filter(Boolean).join(". ");
}

interface PictureProps {
  model: Channel;
  cell: Cell;
  ensemble: Ensemble;
  near: boolean;
  /** Whether the video itself is wanted. */
  moving: boolean;
}

function Picture({ model, cell, ensemble, near, moving }: PictureProps) {
  // Once seen the picture stays, so that nothing flickers where a person scrolls.
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (near) setSeen(true);
  }, [near]);
  const poster = usePoster(model, cell.playable ? cell.key : null, seen);
  if (!cell.playable) {
    return (
      <div class="lk-c-picture lk-c-picture--none">
        <p dir="auto" title={cell.words}>
          {cell.words}
        </p>
        {cell.state === "processing" && <Bar share={cell.share} />}
      </div>
    );
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Space does the same, and the toolbar
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    <div class="lk-c-picture" onClick={() => ensemble.toggle()}>
      {poster && <img src={poster} alt="" draggable={false} />}
      {moving && <Film model={model} cell={cell} ensemble={ensemble} />}
      {cell.reused && <span class="lk-c-badge">reused</span>}
    </div>
  );
}

function Bar({ share }: { share: number | null }) {
  // What it says stands above it in words.
  return (
    <div class={share === null ? "lk-bar lk-bar--unknown" : "lk-bar"} aria-hidden="true">
      <div style={{ "--lk-share": String(share ?? 0) }} />
    </div>
  );
}

function Film({ model, cell, ensemble }: { model: Channel; cell: Cell; ensemble: Ensemble }) {
  const element = useRef<HTMLVideoElement>(null);
  const source = useVideo(model, { task_id: cell.key }, true);
  const [shown, setShown] = useState(false);
  const [broken, setBroken] = useState(false);
  const { url, source: from, failed } = source;
  useEffect(() => {
    const video = element.current;
    if (!video || url === null) return;
    video.src = url;
    const leave = ensemble.join(video);
    return () => {
      leave();
      video.removeAttribute("src");
      // Without it the decoder stays.
      video.load();
    };
  }, [url, ensemble]);
  const fail = useCallback(() => {
    if (!element.current?.hasAttribute("src")) return;
    if (from === "page") failed();
    else setBroken(true);
  }, [from, failed]);
  const problem = broken ? "This browser cannot play this video." : source.problem;
  const comes = url === null && problem === null;
  useEffect(() => (comes ? ensemble.expect() : undefined), [comes, ensemble]);
  return (
    <>
      {/* biome-ignore lint/a11y/useMediaCaption: there are none for what a model has made */}
      <video
        ref={element}
        class={shown ? "lk-c-film" : "lk-c-film lk-c-film--coming"}
        preload="auto"
        playsInline
        tabIndex={-1}
        onLoadedData={() => setShown(true)}
        onError={fail}
      />
      {problem !== null && (
        <p class="lk-c-problem" dir="auto" title={problem}>
          {problem}
        </p>
      )}
    </>
  );
}
