// The few pictures of the gallery, drawn on a grid of 16 in the colour of the text.

const LINES = {
  search: "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.3 10.3 13.5 13.5",
  again: "M13 8a5 5 0 1 1-1.5-3.6M13 2.2v2.6h-2.6",
  close: "M4 4l8 8m0-8l-8 8",
  before: "M9.5 4L5.5 8l4 4",
  next: "M6.5 4l4 4-4 4",
  failed: "M8 2.5l6 10.5H2zM8 6.5v3M8 11.2v.3",
  video: "M2.5 3.5h11v9h-11zM6.7 6v4l3.4-2z",
  gone: "M2.5 3.5h11v9h-11zM3 12L13 4",
} as const;

export function Line({ name }: { name: keyof typeof LINES }) {
  return (
    <svg class="lk-icon lk-h-line" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={LINES[name]} />
    </svg>
  );
}
