// From one page of the gallery to another.

import { Line } from "./icons";
import type { Found } from "./state";

interface PagesProps {
  found: Found;
  onPage: (page: number) => void;
}

export function Pages({ found: { page, pages }, onPage }: PagesProps) {
  if (pages < 2) return null;
  return (
    <nav class="lk-h-pages" aria-label="Pages">
      <button type="button" class="lk-button" disabled={page <= 1} onClick={() => onPage(page - 1)}>
        <Line name="before" /> Newer
      </button>
      <label>
        Page{" "}
        <input
          type="number"
          class="lk-h-field"
          aria-label="Page"
          min={1}
          max={pages}
          value={page}
          onChange={(event) => {
            const wanted = Math.round(event.currentTarget.valueAsNumber);
            if (wanted >= 1 && wanted <= pages) onPage(wanted);
            else event.currentTarget.value = String(page);
          }}
        />{" "}
        of {pages.toLocaleString("en")}
      </label>
      <button
        type="button"
        class="lk-button"
        disabled={page >= pages}
        onClick={() => onPage(page + 1)}
      >
        Older <Line name="next" />
      </button>
    </nav>
  );
}
