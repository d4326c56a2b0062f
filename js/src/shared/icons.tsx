// Small pictures for buttons, drawn on a grid of 16 in the colour of the text.

const PATHS = {
  play: "M4.5 2.8v10.4L13 8z",
  pause: "M4 3h2.8v10H4zM9.2 3H12v10H9.2z",
  back: "M3.5 3.5h1.6v9H3.5zM12.5 3.5v9L6 8z",
  forward: "M10.9 3.5h1.6v9h-1.6zM3.5 3.5 10 8l-6.5 4.5z",
  loop: "M5 3.2h5.5A3.5 3.5 0 0 1 14 6.7v.8h-1.5v-.8a2 2 0 0 0-2-2H5v2L2 4 5 1.200zM11 12.800H5.500A3.500 3.500 0 0 1 2 9.300v-.8h1.500v.8a2 2 0 0 0 2 2H11v-2L14 12l-3 2.800z",
  sound:
    "M2 6v4h2.500L8 13V3L4.500 6zM9.500 5.200v1.600a1.700 1.700 0 0 1 0 2.400v1.600a3.300 3.300 0 0 0 0-5.600z",
  silence:
    "M2 6v4h2.500L8 13V3L4.500 6zM9.300 6.700 10.300 5.700 11.800 7.200 13.300 5.700 14.300 6.700 12.800 8.200 14.300 9.700 13.300 10.700 11.800 9.200 10.300 10.700 9.300 9.700 10.800 8.200z",
  full: "M2.500 2.500h4V4H4v2.500H2.500zM9.500 2.500h4v4H12V4H9.500zM2.500 9.500H4V12h2.500v1.500h-4zM12 9.500h1.500v4h-4V12H12z",
  download:
    "M7.250 2h1.500v6l2.200-2.200 1.050 1.050L8 10.900 4 6.850 5.050 5.800l2.200 2.200zM2.500 12.200h11v1.500h-11z",
  copy: "M5.500 1.500h8v9H11v4H3v-9h2.500zM7 3v2.500h4V9h1V3zM4.500 7v6h5V7z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="lk-icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill="currentColor" fill-rule="evenodd" />
    </svg>
  );
}
