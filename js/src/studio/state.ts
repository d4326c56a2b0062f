// What a studio and its kernel share: the form (written here and there), and what the kernel makes
// of it (written there alone). The Python twin is widgets/studio.py; a test compares the names.

import type { Card } from "../shared/card";
import type { Json, SlotTraits, WidgetModel } from "../shared/model";

/** The fields of a request, by the names that VideoGenerationRequest gives them. */
export interface FormTraits {
  prompt: string;
  /** "provider/model" or a model's name alone. */
  model: string;
  /** Seconds; null leaves the choice to the model, as in all that follow. */
  duration: number | null;
  width: number | null;
  height: number | null;
  /** As its digits where a number of the page would not be exact. */
  seed: number | string | null;
  negative_prompt: string | null;
  /** Path or address of the first picture. */
  image: string | null;
  fps: number | null;
  /** By name, as with_option takes them: dots reach inside. */
  options: { [name: string]: Json };
  count: number;
}

export interface ModelEntry {
  /** What the trait `model` holds when this one is chosen. */
  id: string;
  title: string;
  /** Heading of its group in the picker. */
  provider: string;
  /** What it is good for, in a line; may be empty. */
  advice: string;
  /** What to know before choosing it; may be empty. */
  note: string;
  price: string;
  text: boolean;
  image: boolean;
}

export interface Preset {
  width: number;
  height: number;
  /** "HD" */
  title: string;
  /** "standard social media" */
  use: string;
  /** "medium" */
  speed: string;
  /** "good" */
  quality: string;
  /** How large the file gets: "medium". */
  file: string;
}

/** A field of the part "Advanced", made from the model's schema. */
export interface OptionField {
  /** As in `options`: "settings.audio". */
  name: string;
  title: string;
  help: string;
  kind: "choice" | "switch" | "whole" | "number" | "text" | "json";
  /** For "choice". */
  choices: (string | number)[];
  low: number | null;
  high: number | null;
  step: number | null;
  /** What the model takes where nothing is given, if that is known. */
  usual: Json;
}

/** The controls of the chosen model. */
export interface Controls {
  /** The model that these belong to: equal to the trait `model` once the kernel has answered. */
  model: string;
  /** Fewest and most characters; null: no limit is known. */
  prompt_limits: [number, number] | null;
  /** The only durations, in seconds; empty where all between the ends go. */
  durations: number[];
  /** Shortest and longest, in seconds; null: nothing is known (a plain number field). */
  duration_range: [number, number] | null;
  takes_duration: boolean;
  /** Sizes that the form offers first; only those that the model takes. */
  presets: Preset[];
  /** The only sizes, in pixels; empty where any goes. */
  sizes: [number, number][];
  takes_size: boolean;
  takes_seed: boolean;
  takes_negative_prompt: boolean;
  takes_image: boolean;
  needs_image: boolean;
  takes_fps: boolean;
  /** Empty where any number goes. */
  fps_choices: number[];
  options: OptionField[];
  /** "Kling 2.0 makes 1 to 10 seconds, so 20 became 10": one sentence a field that moved. */
  moved: { [field: string]: string };
}

/** What the kernel thinks of the form as it stands. */
export interface Check {
  /** What this is about: the form as the kernel had it; of a picture inside it only "data:". */
  form: FormTraits;
  /** Field (as in FormTraits, "size", or "option NAME") to what is wrong with it, in words. */
  problems: { [field: string]: string };
  /** Of all videos of the count: "about $0.45", "free"; empty while not known yet. */
  cost: string;
  /** "about 2 min", "" while nothing is known. */
  time: string;
  /** Code that makes exactly this request; empty while there is none. */
  python: string;
  magic: string;
  /** Why there is no magic; where there is no Python either, why there is none of both. */
  no_magic: string;
}

/** What became of the last click on Generate. */
export interface Answer {
  /** Of the message "generate"; empty before the first. */
  id: string;
  state: "none" | "checking" | "confirm" | "submitted" | "refused";
  /** The question for "confirm", the reason for "refused", warnings for "submitted". */
  message: string;
}

/** What the kernel writes and the page only reads. */
export interface ToldTraits {
  models: ModelEntry[];
  controls: Controls;
  check: Check;
  answer: Answer;
  /** The cards of the latest submission, which may still change. */
  batch: Card[];
  /** Those before it, newest first. */
  earlier: Card[];
  /** What a person should know about where videos come from; may be empty. */
  notice: string;
}

export interface ShownTraits {
  /** Task id of the card on the stage; empty: the newest. Written here and there. */
  shown: string;
}

export type StudioTraits = FormTraits & ToldTraits & ShownTraits & SlotTraits;
export type StudioModel = WidgetModel<StudioTraits>;
