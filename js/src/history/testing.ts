// A gallery's model without a kernel.

import { type FakeModel, fakeModel } from "../shared/fakeModel";
import { NO_FILTERS } from "./filters";
import type { Found, HistoryTraits, Opened, Tile } from "./state";

export function aTile(change: Partial<Tile> = {}): Tile {
  return {
    task_id: "3f0c",
    state: "done",
    headline: "Done in 3 s",
    share: null,
    prompt: "A garden",
    model: "Kling 2.0",
    made: "25 Nov, 15:31",
    cost: "$0.50",
    length: "5 s",
    rating: null,
    width: 1280,
    height: 720,
    has_video: true,
    ...change,
  };
}

export function found(change: Partial<Found> = {}): Found {
  const tiles = change.tiles ?? [];
  return {
    of: { ...NO_FILTERS, page: 1 },
    tiles,
    total: tiles.length,
    page: 1,
    pages: 1,
    models: [],
    problem: "",
    ...change,
  };
}

export function opened(change: Partial<Opened> = {}): Opened {
  return {
    task_id: "",
    card: null,
    rating: null,
    made: "25 Nov 2026, 15:31",
    settings: [["Seed", "42"]],
    python: "client = …\n",
    magic: "%%video\nA garden",
    no_code: "",
    goes: "Its prompt goes.",
    has_form: false,
    problem: "",
    ...change,
  };
}

export function aHistory(change: Partial<HistoryTraits> = {}): FakeModel<HistoryTraits> {
  return fakeModel<HistoryTraits>({
    slot: "ab",
    ...NO_FILTERS,
    page: 1,
    found: found(),
    opened: opened(),
    ...change,
  });
}
