// The fields of the form: which are there, what may be typed into them, and how a value looks.

import type { Json } from "../shared/model";
import { durationControl, MOST_FPS, MOST_PIXELS, MOST_SECONDS, MOST_VIDEOS } from "./choices";
import * as reading from "./reading";
import type { Controls, FormTraits, OptionField } from "./state";

/** As problems and moves are named: a trait, "size", or "option settings.audio". */
export type Field = keyof FormTraits | "size" | `option ${string}`;

export const FORM: (keyof FormTraits)[] = [
  "prompt",
  "model",
  "duration",
  "width",
  "height",
  "seed",
  "negative_prompt",
  "image",
  "fps",
  "options",
  "count",
];

/** The name in `options` of a field "option NAME"; "" for all other fields. */
export function optionOf(field: Field): string {
  return field.startsWith("option ") ? field.slice("option ".length) : "";
}

export function valueIn(field: Field, form: FormTraits): Json {
  const option = optionOf(field);
  if (option) return form.options[option] ?? null;
  return field === "size" ? null : (form[field as keyof FormTraits] as Json);
}

/** A value as the text of its field. */
export function show(value: Json): string {
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** What may be typed into a field, as the chosen model has it. */
export function readerOf(field: Field, controls: Controls): reading.Reader {
  switch (field) {
    case "prompt":
      return reading.prompt;
    case "image":
      return reading.place;
    case "duration": {
      const control = durationControl(controls);
      const ranged = control.kind === "slider" || control.kind === "number";
      const [low, high] = ranged ? [control.low, control.high] : [1, MOST_SECONDS];
      return reading.wholeNumber(low, high, "seconds");
    }
    case "width":
    case "height":
      return reading.wholeNumber(1, MOST_PIXELS, "pixels");
    case "seed":
      return reading.seed;
    case "fps":
      return reading.wholeNumber(1, MOST_FPS, "frames per second");
    case "count":
      return (raw) => {
        const read = reading.wholeNumber(1, MOST_VIDEOS)(raw);
        return "value" in read && read.value === null ? { value: 1 } : read;
      };
    default: {
      const name = optionOf(field);
      const option = controls.options.find((each) => each.name === name);
      return option ? optionReader(option) : reading.text;
    }
  }
}

function optionReader(option: OptionField): reading.Reader {
  const low = option.low ?? -reading.MOST;
  const high = option.high ?? reading.MOST;
  if (option.kind === "whole") return reading.wholeNumber(low, high);
  if (option.kind === "number") return reading.anyNumber(low, high);
  return option.kind === "json" ? reading.json : reading.text;
}

/** Whether a field has a place in the form. What is set stays in sight, or nobody could unset it. */
export function isShown(field: Field, form: FormTraits, controls: Controls): boolean {
  switch (field) {
    case "prompt":
    case "model":
    case "count":
      return true;
    case "duration":
      return controls.takes_duration || form.duration !== null;
    case "size":
    case "width":
    case "height":
      return controls.takes_size || form.width !== null || form.height !== null;
    case "seed":
      return controls.takes_seed || form.seed !== null;
    case "negative_prompt":
      return controls.takes_negative_prompt || form.negative_prompt !== null;
    case "image":
      return controls.takes_image || controls.needs_image || form.image !== null;
    case "fps":
      return controls.takes_fps || form.fps !== null;
    default: {
      const name = optionOf(field);
      return name in form.options || controls.options.some((each) => each.name === name);
    }
  }
}

/** Options that are set and that the model's own list does not have. */
export function strangers(form: FormTraits, controls: Controls): string[] {
  const known = new Set(controls.options.map((each) => each.name));
  return Object.keys(form.options).filter((name) => !known.has(name));
}
