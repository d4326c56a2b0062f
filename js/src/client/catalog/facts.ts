// What is known about a model of Runware's: which fields it takes, and which values.
import { models } from "../../../../llmkit_jupyter/catalog/runware_models.json";

interface Row {
  readonly title: string;
  readonly slug: string;
  readonly text_to_video: boolean;
  readonly required: readonly string[];
  readonly fields: readonly string[];
  /** The only values of a field. */
  readonly enums?: Readonly<Record<string, readonly unknown[]>>;
  /** `WIDTHxHEIGHT`; without them nothing is known. */
  readonly sizes?: readonly string[];
  /** Seconds: the only ones, or the shortest and the longest. */
  readonly durations?: readonly number[] | { readonly min: number; readonly max: number };
  /** Limits across fields: these sizes, or resolutions by name, only with these durations. */
  readonly limits?: readonly {
    readonly sizes?: readonly string[];
    readonly resolutions?: readonly unknown[];
    readonly durations: readonly number[];
  }[];
  /** Fewest and most characters of the prompt. */
  readonly prompt?: readonly [number, number];
  /** What it changes or brings to life, where that is not a first picture: `"a video"`. */
  readonly works_on?: string;
}

/** One model. */
export interface ModelFacts extends Row {
  readonly air: string;
  /** Seconds that it makes, in rising order; without them nothing is known. */
  readonly seconds: readonly number[] | undefined;
  /** The same in words: `"5, 8 or 10"`, `"3 to 15"`. */
  readonly secondsInWords: string;
  /** Whether a video can begin with a picture. */
  readonly takesImage: boolean;
  /** Whether words alone do not do. */
  readonly needsInput: boolean;
}

/** The bundled snapshot of the service's video models. */
export const snapshot: readonly ModelFacts[] = Object.entries(models as Record<string, Row>).map(
  ([air, row]) => {
    const known = row.durations ?? (row.enums?.duration as number[] | undefined);
    const [seconds, secondsInWords] = inWords(known);
    return {
      ...row,
      air,
      seconds,
      secondsInWords,
      takesImage: !row.works_on && /\b(inputs|frameImages)\b/.test(row.fields.join()),
      needsInput: !row.text_to_video || row.required.includes("inputs"),
    };
  },
);

/** What the snapshot knows of a model, by its AIR id or its slug. */
export function bundled(model: string): ModelFacts | undefined {
  const name = model.toLowerCase();
  return snapshot.find((facts) => facts.air.toLowerCase() === name || facts.slug === name);
}

function inWords(known: Row["durations"]): [readonly number[] | undefined, string] {
  if (!known) return [undefined, ""];
  if ("min" in known) {
    const all = Array.from({ length: known.max - known.min + 1 }, (_, i) => known.min + i);
    return [all, `${known.min} to ${known.max}`];
  }
  return [known, known.join(", ").replace(/, (?=[^,]*$)/, " or ")];
}
