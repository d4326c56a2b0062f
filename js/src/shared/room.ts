// The room that a picture takes on the page, known before there is a picture.

const MAX_WIDTH = 640;
const MAX_HEIGHT = 480;
/** Below it the player's controls do not fit. */
const MIN_WIDTH = 320;

/** A picture's width in CSS pixels, as plain outputs have it (notebook/display.py). */
export function roomWidth(width: number, height: number): number {
  const fits = Math.min(MAX_WIDTH, width, Math.round(width * Math.min(1, MAX_HEIGHT / height)));
  const least = Math.min(MIN_WIDTH, Math.round((MAX_HEIGHT * width) / height));
  return Math.max(fits, least, 1);
}

/** Custom properties for the style sheet, which never lets it be wider than the cell. */
export function roomStyle(width: number, height: number): Record<string, string> {
  const known = width > 0 && height > 0;
  const [w, h] = known ? [width, height] : [16, 9];
  const room = known ? roomWidth(w, h) : MAX_WIDTH;
  return { "--lk-room": `${room}px`, "--lk-ratio": `${w} / ${h}` };
}
