// The filters: what each of them can be, and days in the reader's own time.

import type { FilterTraits, HistoryModel, WrittenTraits } from "./state";

export const NO_FILTERS: FilterTraits = {
  text: "",
  model: "",
  status: "",
  rating: null,
  since: null,
  until: null,
};

export const STATUSES = [
  ["", "Any status"],
  ["completed", "Completed"],
  ["processing", "Running"],
  ["failed", "Failed"],
] as const;

export const RATINGS = [
  ["", "Any rating"],
  ["5", "5 stars"],
  ["4", "4 stars or more"],
  ["3", "3 stars or more"],
  ["2", "2 stars or more"],
  ["1", "Rated"],
  ["unrated", "Not rated"],
] as const;

export type Span = "" | "today" | "7" | "30" | "days";

export const SPANS: readonly (readonly [Span, string])[] = [
  ["", "Any date"],
  ["today", "Today"],
  ["7", "Last 7 days"],
  ["30", "Last 30 days"],
  ["days", "From … to …"],
];

const DAYS: { [span: string]: number } = { today: 1, "7": 7, "30": 30 };

/** Writes filters, and goes to the first page; one change for the kernel. */
export function write(model: HistoryModel, values: Partial<WrittenTraits>): void {
  const written: Partial<WrittenTraits> = { page: 1, ...values };
  for (const name of Object.keys(written) as (keyof WrittenTraits)[]) {
    model.set(name, written[name] as never);
  }
  model.save_changes();
}

export function written(model: HistoryModel): WrittenTraits {
  return {
    text: model.get("text"),
    model: model.get("model"),
    status: model.get("status"),
    rating: model.get("rating"),
    since: model.get("since"),
    until: model.get("until"),
    page: model.get("page"),
  };
}

export function isSame(a: WrittenTraits, b: WrittenTraits): boolean {
  return (Object.keys(a) as (keyof WrittenTraits)[]).every((name) => a[name] === b[name]);
}

export function isFiltered(values: FilterTraits): boolean {
  const names = Object.keys(NO_FILTERS) as (keyof FilterTraits)[];
  return names.some((name) => values[name] !== NO_FILTERS[name]);
}

/** Where a span of days begins: at midnight, so many days ago; today counts as one. */
export function beginOf(span: Span, now = new Date()): number | null {
  const days = DAYS[span];
  if (days === undefined) return null;
  return seconds(new Date(now.getFullYear(), now.getMonth(), now.getDate() - days + 1));
}

/** The span that two points in time are; days of a person's own where they are none. */
export function spanOf(since: number | null, until: number | null, now = new Date()): Span {
  if (until === null) {
    const named = SPANS.find(([span]) => span !== "days" && beginOf(span, now) === since);
    if (named) return named[0];
  }
  return "days";
}

/** "2026-11-25", as a date field has it; empty for none. */
export function dayOf(time: number | null): string {
  if (time === null) return "";
  const date = new Date(time * 1000);
  const parts = [date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0"));
  return [String(date.getFullYear()).padStart(4, "0"), ...parts].join("-");
}

/** The midnight at which a day of a date field begins, or, `after` days later, ends. */
export function timeOf(day: string, after = 0): number | null {
  const [year, month, date] = day.split("-").map(Number);
  if (!year || !month || !date || year < 1971 || year > 5000) return null;
  return seconds(new Date(year, month - 1, date + after));
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
