// What is known of the video that is pointed at, or that has the focus: one card for all tiles.

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Cell } from "./state";

/** Milliseconds that a pointer rests on a tile before its card comes. */
const DELAY = 350;
const GAP = 6;
const WIDTH = 216;

interface Shown {
  key: string;
  tile: HTMLElement;
}

interface Props {
  root: RefObject<HTMLElement>;
  cells: Cell[];
}

export function HoverCard({ root, cells }: Props) {
  const shown = usePointed(root);
  const cell = shown && cells.find(({ key }) => key === shown.key);
  if (!shown || !cell || (cell.details.length === 0 && cell.state !== "failed")) return null;
  return <Card key={shown.key} root={root} tile={shown.tile} cell={cell} />;
}

interface CardProps {
  root: RefObject<HTMLElement>;
  tile: HTMLElement;
  cell: Cell;
}

function Card({ root, tile, cell }: CardProps) {
  const card = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState({ left: 0, top: 0 });
  useLayoutEffect(() => {
    if (root.current && card.current) setPlace(beside(root.current, tile, card.current));
  }, [root, tile]);
  return (
    <div class="lk-c-card" ref={card} style={{ left: `${place.left}px`, top: `${place.top}px` }}>
      {cell.state !== "completed" && <p dir="auto">{cell.words}</p>}
      {cell.details.length > 0 && (
        <dl>
          {cell.details.map(([label, text]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd dir="auto">{text}</dd>
            </div>
          ))}
        </dl>
      )}
      {cell.reused && <p>From the library: nothing was charged this time.</p>}
    </div>
  );
}

/** Right of the tile, else left of it, else over it; always within the view. */
function beside(root: HTMLElement, tile: HTMLElement, card: HTMLElement) {
  const [outer, inner] = [root.getBoundingClientRect(), tile.getBoundingClientRect()];
  const right = inner.right - outer.left + GAP;
  const left = inner.left - outer.left - GAP - WIDTH;
  const fits = right + WIDTH <= outer.width ? right : left;
  const most = Math.max(0, outer.height - card.offsetHeight);
  const top = Math.min(Math.max(inner.top - outer.top, 0), most);
  return { left: Math.max(0, fits), top };
}

/** The tile that is pointed at for a while, or has the focus by the keyboard. */
function usePointed(root: RefObject<HTMLElement>): Shown | null {
  const [shown, setShown] = useState<Shown | null>(null);
  useEffect(() => {
    const element = root.current;
    if (!element) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let pointed: HTMLElement | null = null;
    const hide = () => {
      clearTimeout(timer);
      pointed = null;
      setShown(null);
    };
    const over = (event: Event) => {
      // The picture alone: who is about to give stars wants to see them.
      const inside = (event.target as Element).closest(".lk-c-picture");
      const tile = inside?.closest<HTMLElement>("[data-key]") ?? null;
      if (tile === pointed) return;
      hide();
      pointed = tile;
      if (tile) timer = setTimeout(() => setShown(of(tile)), DELAY);
    };
    const focused = (event: Event) => {
      const tile = event.target as HTMLElement;
      if (tile.dataset.key !== undefined && tile.matches(":focus-visible")) setShown(of(tile));
    };
    const key = (event: KeyboardEvent) => {
      if (event.key === "Escape") hide();
    };
    element.addEventListener("pointerover", over);
    element.addEventListener("pointerleave", hide);
    element.addEventListener("focusin", focused);
    element.addEventListener("focusout", hide);
    element.addEventListener("scroll", hide, true);
    element.addEventListener("keydown", key);
    return () => {
      clearTimeout(timer);
      element.removeEventListener("pointerover", over);
      element.removeEventListener("pointerleave", hide);
      element.removeEventListener("focusin", focused);
      element.removeEventListener("focusout", hide);
      element.removeEventListener("scroll", hide, true);
      element.removeEventListener("keydown", key);
    };
  }, [root]);
  return shown;
}

function of(tile: HTMLElement): Shown {
  return { key: tile.dataset.key ?? "", tile };
}
