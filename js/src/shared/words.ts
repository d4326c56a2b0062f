// Positions in a video, in words, and texts cut short.

/** "0:03.2": to a tenth, because the videos are short and looked at closely. */
export function clock(seconds: number): string {
  const rest = wholeTenths(seconds) % 600;
  const [minutes, second] = [Math.floor(wholeTenths(seconds) / 600), Math.floor(rest / 10)];
  return `${minutes}:${String(second).padStart(2, "0")}.${rest % 10}`;
}

/** "3.2 of 5.0 seconds", for those who hear it. */
export function spoken(seconds: number, duration: number): string {
  const [at, all] = [seconds, duration].map((each) => (wholeTenths(each) / 10).toFixed(1));
  return `${at} of ${all} seconds`;
}

function wholeTenths(seconds: number): number {
  return Math.max(0, Math.floor(seconds * 10 + 1e-6));
}

/** A text's beginning, for labels: a prompt can be as long as a page. */
export function excerpt(text: string, length = 120): string {
  const characters = [...text.replace(/\s+/g, " ").trim()];
  if (characters.length <= length) return characters.join("");
  return `${characters
    .slice(0, length - 1)
    .join("")
    .trimEnd()}…`;
}
