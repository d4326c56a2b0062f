// Keeps a popup beneath its line. Outputs of notebooks cut off what stands out of them, so it goes
// to the browser's top layer where there is one, and its place follows the line by hand.

const GAP = 2;
const ROOM = 160;
const MOST = 360;

/** Shows the popup until the returned function is called. */
export function place(popup: HTMLElement, line: HTMLElement): () => void {
  if (typeof popup.showPopover !== "function") return () => {};
  popup.showPopover();
  const follow = () => {
    const { left, top, bottom, width } = line.getBoundingClientRect();
    const below = window.innerHeight - bottom - 2 * GAP;
    const above = top - 2 * GAP;
    const under = below >= ROOM || below >= above;
    const { style } = popup;
    style.left = `${left}px`;
    style.width = `${width}px`;
    style.maxHeight = `${Math.max(80, Math.min(MOST, under ? below : above))}px`;
    style.top = under ? `${bottom + GAP}px` : "auto";
    style.bottom = under ? "auto" : `${window.innerHeight - top + GAP}px`;
  };
  follow();
  // Any of the boxes around it may scroll.
  window.addEventListener("scroll", follow, true);
  window.addEventListener("resize", follow);
  return () => {
    window.removeEventListener("scroll", follow, true);
    window.removeEventListener("resize", follow);
    if (popup.isConnected) popup.hidePopover();
  };
}
