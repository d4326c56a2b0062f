import { expect, test } from "vitest";

import {
  beginOf,
  dayOf,
  isFiltered,
  isSame,
  NO_FILTERS,
  spanOf,
  timeOf,
  write,
  written,
} from "./filters";
import { aHistory } from "./testing";

const NOW = new Date(2026, 10, 25, 15, 31);
const midnight = (day: number, month = 10) => new Date(2026, month, day).getTime() / 1000;

test("spans of days begin at midnight, and today is one of them", () => {
  expect(beginOf("today", NOW)).toBe(midnight(25));
  expect(beginOf("7", NOW)).toBe(midnight(19));
  expect(beginOf("30", NOW)).toBe(midnight(27, 9));
  expect(beginOf("", NOW)).toBeNull();
  expect(beginOf("days", NOW)).toBeNull();
});

test("two points in time are named where they are a span, else they are days", () => {
  expect(spanOf(null, null, NOW)).toBe("");
  expect(spanOf(midnight(25), null, NOW)).toBe("today");
  expect(spanOf(midnight(19), null, NOW)).toBe("7");
  expect(spanOf(midnight(19) + 1, null, NOW)).toBe("days");
  expect(spanOf(midnight(19), midnight(20), NOW)).toBe("days");
  expect(spanOf(null, midnight(20), NOW)).toBe("days");
});

test("a date field's day goes to a point in time and back", () => {
  expect(timeOf("2026-11-25")).toBe(midnight(25));
  expect(timeOf("2026-11-25", 1)).toBe(midnight(26));
  expect(dayOf(midnight(25))).toBe("2026-11-25");
  expect(dayOf(midnight(26) - 1)).toBe("2026-11-25");
  expect(dayOf(null)).toBe("");
  for (const odd of ["", "2026", "x-y-z", "0001-01-01", "99999-01-01"]) {
    expect(timeOf(odd)).toBeNull();
  }
});

test("a filter is written once, with the first page", () => {
  const model = aHistory({ page: 4 });
  write(model, { text: "sea" });
  expect(model.saved).toEqual([{ page: 1, text: "sea" }]);
  write(model, { page: 3 });
  expect(model.saved[1]).toEqual({ page: 3 });
  expect(isFiltered(written(model))).toBe(true);
  write(model, NO_FILTERS);
  expect(isFiltered(written(model))).toBe(false);
  expect(isSame(written(model), { ...NO_FILTERS, page: 1 })).toBe(true);
});
