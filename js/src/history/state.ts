// What the gallery and its kernel share; the Python twins are widgets/history.py and
// widgets/tiles.py.

import type { Card, State } from "../shared/card";
import type { SlotTraits, WidgetModel } from "../shared/model";

export type Status = "" | "processing" | "completed" | "failed";
/** At least so many stars. */
export type Rated = null | number | "unrated";

/** Which jobs are shown; what is empty lets all of them through. */
export interface FilterTraits {
  text: string;
  model: string;
  status: Status;
  rating: Rated;
  /** Seconds since the epoch. */
  since: number | null;
  until: number | null;
}

/** What the page writes. */
export interface WrittenTraits extends FilterTraits {
  /** From 1. */
  page: number;
}

export interface HistoryTraits extends SlotTraits, WrittenTraits {
  found: Found;
  opened: Opened;
}

export type HistoryModel = WidgetModel<HistoryTraits>;

/** A job, as much of it as a tile shows. */
export interface Tile {
  task_id: string;
  state: State;
  headline: string;
  /** From 0 to 1, for the bar; null where nothing is known. */
  share: number | null;
  prompt: string;
  model: string;
  /** When it was made: "25 Nov, 15:31". */
  made: string;
  cost: string;
  /** The length of its video. */
  length: string;
  rating: number | null;
  width: number;
  height: number;
  has_video: boolean;
}

export interface ModelChoice {
  id: string;
  title: string;
  count: number;
}

/** A page of jobs. */
export interface Found {
  /** The filters and the page that this answers. */
  of: WrittenTraits;
  tiles: Tile[];
  /** How many match, on all pages. */
  total: number;
  page: number;
  pages: number;
  models: ModelChoice[];
  /** Why there is nothing, where the journal cannot be read. */
  problem: string;
}

/** The job that is looked at; with an empty id where none is. */
export interface Opened {
  task_id: string;
  card: Card | null;
  rating: number | null;
  made: string;
  /** What was asked for: pairs of a label and a text. */
  settings: [string, string][];
  python: string;
  magic: string;
  /** Why there is no code. */
  no_code: string;
  /** What would be gone if it were forgotten. */
  goes: string;
  /** Whether its settings have a form to go to. */
  has_form: boolean;
  problem: string;
}
