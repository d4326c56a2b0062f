// The row of filters above the gallery.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import {
  beginOf,
  dayOf,
  isFiltered,
  NO_FILTERS,
  RATINGS,
  SPANS,
  type Span,
  STATUSES,
  spanOf,
  timeOf,
  write,
  written,
} from "./filters";
import { Line } from "./icons";
import type { Found, HistoryModel, Rated, Status } from "./state";

/** Milliseconds without a key before a search: long enough for the next letter. */
export const PAUSE = 300;

interface BarProps {
  model: HistoryModel;
  found: Found;
  onRefresh: () => void;
}

export function Bar({ model, found, onRefresh }: BarProps) {
  const values = written(model);
  const rating = values.rating === null ? "" : String(values.rating);
  return (
    <search class="lk-h-bar" aria-label="Filters">
      <Search key="search" value={values.text} onSearch={(text) => write(model, { text })} />
      <Choice
        label="Model"
        value={values.model}
        onChoose={(value) => write(model, { model: value })}
      >
        <option value="">Any model</option>
        {modelsOf(found, values.model).map(({ id, title, count }) => (
          <option key={id} value={id}>
            {count > 0 ? `${title} (${count})` : title}
          </option>
        ))}
      </Choice>
      <Choice
        label="Status"
        value={values.status}
        onChoose={(value) => write(model, { status: value as Status })}
      >
        {optionsOf(STATUSES)}
      </Choice>
      <Dates model={model} since={values.since} until={values.until} />
      <Choice
        label="Rating"
        value={rating}
        onChoose={(value) => write(model, { rating: ratedOf(value) })}
      >
        {optionsOf(RATINGS)}
      </Choice>
      <span class="lk-h-ends">
        {isFiltered(values) && (
          <button
            type="button"
            class="lk-button lk-h-quiet"
            onClick={() => write(model, NO_FILTERS)}
          >
            Clear
          </button>
        )}
        <button
          type="button"
          class="lk-press"
          aria-label="Refresh"
          title="Look for jobs made elsewhere"
          onClick={onRefresh}
        >
          <Line name="again" />
        </button>
      </span>
    </search>
  );
}

function modelsOf(found: Found, chosen: string) {
  const known = found.models.some(({ id }) => id === chosen);
  // Python may have chosen what no job has.
  return chosen && !known
    ? [...found.models, { id: chosen, title: chosen, count: 0 }]
    : found.models;
}

function optionsOf(choices: readonly (readonly [string, string])[]) {
  return choices.map(([value, words]) => (
    <option key={value} value={value}>
      {words}
    </option>
  ));
}

function ratedOf(value: string): Rated {
  if (value === "" || value === "unrated") return value || null;
  return Number(value);
}

interface ChoiceProps {
  label: string;
  value: string;
  onChoose: (value: string) => void;
  children: ComponentChildren;
}

function Choice({ label, value, onChoose, children }: ChoiceProps) {
  return (
    <select
      class={value ? "lk-h-field lk-h-set" : "lk-h-field"}
      aria-label={label}
      value={value}
      onChange={(event) => onChoose(event.currentTarget.value)}
    >
      {children}
    </select>
  );
}

/** What is typed goes to the kernel when the typing rests. */
function Search({ value, onSearch }: { value: string; onSearch: (text: string) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  const latest = useRef(onSearch);
  latest.current = onSearch;
  useEffect(() => {
    if (typed === null) return;
    const timer = setTimeout(() => {
      setTyped(null);
      latest.current(typed);
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [typed]);
  const now = () => {
    if (typed === null) return;
    setTyped(null);
    onSearch(typed);
  };
  return (
    <label class="lk-h-search">
      <Line name="search" />
      <input
        type="search"
        class="lk-h-field"
        aria-label="Search prompts"
        placeholder="Search prompts"
        maxLength={1000}
        value={typed ?? value}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onBlur={now}
        onKeyDown={(event) => {
          if (event.key === "Enter") now();
        }}
      />
    </label>
  );
}

interface DatesProps {
  model: HistoryModel;
  since: number | null;
  until: number | null;
}

function Dates({ model, since, until }: DatesProps) {
  const [own, setOwn] = useState(false);
  const told = spanOf(since, until);
  // With no day given yet the fields are there all the same.
  const span: Span = own && told === "" ? "days" : told;
  const choose = (value: string) => {
    setOwn(value === "days");
    if (value !== "days") write(model, { since: beginOf(value as Span), until: null });
  };
  return (
    <>
      <Choice label="Date" value={span} onChoose={choose}>
        {optionsOf(SPANS)}
      </Choice>
      {span === "days" && (
        <span class="lk-h-days">
          <input
            type="date"
            class="lk-h-field"
            aria-label="From"
            value={dayOf(since)}
            onChange={(event) => {
              setOwn(true);
              write(model, { since: timeOf(event.currentTarget.value) });
            }}
          />
          <span aria-hidden="true">–</span>
          <input
            type="date"
            class="lk-h-field"
            aria-label="To"
            value={dayOf(until === null ? null : until - 1)}
            onChange={(event) => {
              setOwn(true);
              write(model, { until: timeOf(event.currentTarget.value, 1) });
            }}
          />
        </span>
      )}
    </>
  );
}
