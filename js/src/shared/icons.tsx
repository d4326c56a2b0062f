// Small pictures for buttons, drawn on a grid of 16 in the colour of the text.

const PATHS = {
  play: "M4.5 2.8v10.4L13 8z",
  pause: "M4 3h2.8v10H4zM9.2 3H12v10H9.2z",
  back: "M3.5 3.5h1.6v9H3.5zM12.5 3.5v9L6 8z",
  forward: "M10.9 3.5h1.6v9h-1.6zM3.5 3.5 10 8l-6.5 4.5z",
  loop: "M5 3.2h5.5A3.5 3.5 0 0 1 14 6.7v.8h-1.5v-.8a2 2 0 0 0-2-2H5v2L2 4 5 1.2zM11 12.8H5.5A3.5 3.5 0 0 1 2 9.3v-.8h1.5v.8a2 2 0 0 0 2 2H11v-2L14 12l-3 2.8z",
  sound: "M2 6v4h2.5L8 13V3L4.5 6zM9.5 5.2v1.6a1.7 1.7 0 0 1 0 2.4v1.6a3.3 3.3 0 0 0 0-5.6z",
  silence:
    "M2 6v4h2.5L8 13V3L4.5 6zM9.3 6.7 10.3 5.7 11.8 7.2 13.3 5.7 14.3 6.7 12.8 8.2 14.3 9.7 13.3 10.7 11.8 9.2 10.3 10.7 9.3 9.7 10.8 8.2z",
  full: "M2.5 2.5h4V4H4v2.5H2.5zM9.5 2.5h4v4H12V4H9.5zM2.5 9.5H4V12h2.5v1.5h-4zM12 9.5h1.5v4h-4V12H12z",
  download: "M7.25 2h1.5v6l2.2-2.2 1.05 1.05L8 10.9 4 6.85 5.05 5.8l2.2 2.2zM2.5 12.2h11v1.5h-11z",
  copy: "M5.5 1.5h8v9H11v4H3v-9h2.5zM7 3v2.5h4V9h1V3zM4.5 7v6h5V7z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="lk-icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill="currentColor" fill-rule="evenodd" />
    </svg>
  );
}
