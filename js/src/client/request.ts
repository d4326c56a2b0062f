// What to generate: an immutable request with a fluent builder, in both spellings.
import { InvalidRequestError } from "./errors.ts";
import { picture } from "./images.ts";

// Sanity bounds for any model; each model's own limits are far inside them.
const NUMBERS = {
  duration: [1, 3600, "seconds"],
  width: [1, 16384, "pixels"],
  height: [1, 16384, "pixels"],
  // Python takes larger ones; above this, numbers here are not exact.
  seed: [0, Number.MAX_SAFE_INTEGER, ""],
  fps: [1, 240, "frames per second"],
} as const;

const FIELDS = [
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
] as const;

/** The fields of a request, as `toJSON` gives them; the same as in Python. */
export interface RequestFields {
  /** Such as `"runway-gen-4"`; `client.models()` lists all. */
  model?: string | undefined;
  /** Whole seconds, 5 where nothing is said; each model takes certain ones. */
  duration?: number | undefined;
  /** Pixels; only together with `height`. */
  width?: number | undefined;
  /** Pixels; only together with `width`. */
  height?: number | undefined;
  /** The same seed gives the same video. */
  seed?: number | undefined;
  /** What the video should not show. Only some models take it. */
  negative_prompt?: string | undefined;
  /** An http(s) address or a `data:` URI; `withImage` makes it from bytes. */
  image?: string | undefined;
  /** Frames per second. Only some models take them. */
  fps?: number | undefined;
  /** What else the model's own schema declares, such as `{ "settings.audio": true }`. */
  options?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * A video to generate. Every `with…` method returns a new request.
 *
 * @throws InvalidRequestError a value of the wrong kind or outside every model's range. What a
 * certain model accepts is checked when the request is submitted.
 */
export class VideoGenerationRequest {
  static readonly name = "VideoGenerationRequest";
  readonly prompt: string;
  readonly model: string | undefined;
  /** Seconds. */
  readonly duration: number | undefined;
  /** Pixels. */
  readonly width: number | undefined;
  /** Pixels. */
  readonly height: number | undefined;
  readonly seed: number | undefined;
  readonly negative_prompt: string | undefined;
  /** An http(s) address or a `data:` URI. */
  readonly image: string | undefined;
  /** Frames per second. */
  readonly fps: number | undefined;
  /** What else the model is told, by the names of its schema. */
  readonly options: Readonly<Record<string, unknown>>;

  constructor(prompt: string, fields: RequestFields = {}) {
    for (const name of Object.keys(fields)) {
      if (!FIELDS.includes(name as (typeof FIELDS)[number]) || name === "prompt") {
        throw new InvalidRequestError(
          name,
          fields[name as never],
          `the fields ${FIELDS.join(", ")}`,
        );
      }
    }
    this.prompt = text("prompt", prompt);
    this.model = given(fields.model, modelId);
    this.duration = given(fields.duration, (value) => numberField("duration", value));
    this.width = given(fields.width, (value) => numberField("width", value));
    this.height = given(fields.height, (value) => numberField("height", value));
    this.seed = given(fields.seed, (value) => numberField("seed", value));
    this.negative_prompt = given(fields.negative_prompt, (value) => text("negative_prompt", value));
    this.image = given(fields.image, picture);
    this.fps = given(fields.fps, (value) => numberField("fps", value));
    this.options = checkedOptions(fields.options ?? {});
    Object.freeze(this);
  }

  /** Choose the model, e.g. `"runway-gen-4"` or `"runware/runway-gen-4"`. */
  with_model(model: string): VideoGenerationRequest {
    return this.#with({ model: modelId(model) });
  }
  /** Set the length in whole seconds. */
  with_duration(seconds: number): VideoGenerationRequest {
    return this.#with({ duration: numberField("duration", seconds) });
  }
  /** Set the width in pixels. The height must be set as well. */
  with_width(pixels: number): VideoGenerationRequest {
    return this.#with({ width: numberField("width", pixels) });
  }
  /** Set the height in pixels. The width must be set as well. */
  with_height(pixels: number): VideoGenerationRequest {
    return this.#with({ height: numberField("height", pixels) });
  }
  /** Fix the seed, so that the same request gives the same video. */
  with_seed(seed: number): VideoGenerationRequest {
    return this.#with({ seed: numberField("seed", seed) });
  }
  /** Say what the video should not show. Only some models take it. */
  with_negative_prompt(words: string): VideoGenerationRequest {
    return this.#with({ negative_prompt: text("negative_prompt", words) });
  }
  /** Set the picture that the video begins with: its bytes (PNG, JPEG, WebP), address or `data:` URI. */
  with_image(image: string | Uint8Array): VideoGenerationRequest {
    return this.#with({ image: picture(image) });
  }
  /** Set the frames per second. Only some models take them. */
  with_fps(fps: number): VideoGenerationRequest {
    return this.#with({ fps: numberField("fps", fps) });
  }
  /** Set anything else that the model's own schema declares; dots reach inside (`"settings.audio"`). */
  with_option(name: string, value: unknown): VideoGenerationRequest {
    return this.#with({ options: { ...this.options, [name]: value } });
  }

  /** Choose the model, e.g. `"runway-gen-4"` or `"runware/runway-gen-4"`. */
  withModel(model: string): VideoGenerationRequest {
    return this.with_model(model);
  }
  /** Set the length in whole seconds. */
  withDuration(seconds: number): VideoGenerationRequest {
    return this.with_duration(seconds);
  }
  /** Set the width in pixels. The height must be set as well. */
  withWidth(pixels: number): VideoGenerationRequest {
    return this.with_width(pixels);
  }
  /** Set the height in pixels. The width must be set as well. */
  withHeight(pixels: number): VideoGenerationRequest {
    return this.with_height(pixels);
  }
  /** Fix the seed, so that the same request gives the same video. */
  withSeed(seed: number): VideoGenerationRequest {
    return this.with_seed(seed);
  }
  /** Say what the video should not show. Only some models take it. */
  withNegativePrompt(words: string): VideoGenerationRequest {
    return this.with_negative_prompt(words);
  }
  /** Set the picture that the video begins with: its bytes (PNG, JPEG, WebP), address or `data:` URI. */
  withImage(image: string | Uint8Array): VideoGenerationRequest {
    return this.with_image(image);
  }
  /** Set the frames per second. Only some models take them. */
  withFps(fps: number): VideoGenerationRequest {
    return this.with_fps(fps);
  }
  /** Set anything else that the model's own schema declares; dots reach inside (`"settings.audio"`). */
  withOption(name: string, value: unknown): VideoGenerationRequest {
    return this.with_option(name, value);
  }

  get negativePrompt(): string | undefined {
    return this.negative_prompt;
  }

  /** The fields that are set; `VideoGenerationRequest.from_dict` of Python takes them. */
  toJSON(): { prompt: string } & RequestFields {
    const { options, ...values } = this;
    const set = Object.entries(values).filter(([, value]) => value !== undefined);
    const fields = Object.fromEntries(set) as { prompt: string } & RequestFields;
    return Object.keys(options).length ? { ...fields, options } : fields;
  }

  #with(changes: RequestFields): VideoGenerationRequest {
    return new VideoGenerationRequest(this.prompt, { ...fieldsOf(this), ...changes });
  }
}

/** A copy with other fields; `undefined` unsets one. */
export function changed(
  request: VideoGenerationRequest,
  changes: RequestFields,
): VideoGenerationRequest {
  return new VideoGenerationRequest(request.prompt, { ...fieldsOf(request), ...changes });
}

function fieldsOf(request: VideoGenerationRequest): RequestFields {
  const { prompt: _, ...fields } = { ...request };
  return fields;
}

/** Refuse a width without a height and the other way round: builders set one after the other. */
export function checkComplete(request: VideoGenerationRequest): void {
  if ((request.width === undefined) === (request.height === undefined)) return;
  const [missing, there] =
    request.height === undefined ? (["height", "width"] as const) : (["width", "height"] as const);
  throw new InvalidRequestError(
    missing,
    undefined,
    `width and height together, or neither; add .with_${missing}(pixels)`,
    { because: `${there} is ${request[there]}` },
  );
}

/** The same request that many times; from a seed upwards, since one seed makes one video. */
export function several(request: VideoGenerationRequest, count: number): VideoGenerationRequest[] {
  const { seed } = request;
  return Array.from({ length: wholeNumber("count", count, 1, 100) }, (_, number) =>
    seed === undefined ? request : request.with_seed(seed + number),
  );
}

/** The value, or an error that says what is allowed. Nothing is wrapped around or rounded. */
function wholeNumber(name: string, value: unknown, low: number, high: number, unit = ""): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < low || value > high) {
    const allowed = `a whole number from ${low} to ${high}${unit && ` ${unit}`}`;
    throw new InvalidRequestError(name, value, allowed);
  }
  return value + 0; // there is no minus zero
}

/** A waiting time in seconds. */
export function checkSeconds(name: string, value: unknown): number {
  if (typeof value === "number" && value >= 0) return value + 0;
  throw new InvalidRequestError(name, value, "seconds, 0 or more");
}

function numberField(name: keyof typeof NUMBERS, value: unknown): number {
  const [low, high, unit] = NUMBERS[name];
  return wholeNumber(name, value, low, high, unit);
}

function given<T>(value: unknown, check: (value: unknown) => T): T | undefined {
  return value === undefined || value === null ? undefined : check(value);
}

function text(name: string, value: unknown): string {
  if (typeof value !== "string") throw new InvalidRequestError(name, value, "a string");
  if (!value.trim()) throw new InvalidRequestError(name, value, "a text that is not blank");
  const half = value.search(
    /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/,
  );
  if (half >= 0) {
    throw new InvalidRequestError(name, value, "text that can be written as UTF-8", {
      because: `half a surrogate pair at character ${[...value.slice(0, half)].length + 1}`,
    });
  }
  return value;
}

function modelId(value: unknown): string {
  if (typeof value !== "string" || !value.trim()) {
    throw new InvalidRequestError("model", value, "a model id such as 'runway-gen-4'");
  }
  return value.trim();
}

function checkedOptions(options: unknown): Readonly<Record<string, unknown>> {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new InvalidRequestError("options", options, "an object of names and values");
  }
  const copied = Object.entries(options).map(([name, value]) => {
    if (!name.split(".").every((part) => part.trim())) {
      throw new InvalidRequestError("options", name, "a name such as 'settings.audio'");
    }
    const copy = jsonCopy(value);
    if (copy === undefined || copy === null) {
      const allowed = "a text, number, boolean, list or object as in JSON";
      throw new InvalidRequestError(`option ${name}`, value, allowed);
    }
    return [name, copy];
  });
  // Not by assignment: `__proto__` is a name like any other.
  return deepFrozen(Object.fromEntries(copied));
}

/** A copy of what JSON can hold; undefined for what it would drop or change. */
function jsonCopy(value: unknown): unknown {
  let whole = true;
  const replacer = (_: string, inside: unknown): unknown => {
    whole &&= !["undefined", "function", "symbol", "bigint"].includes(typeof inside);
    whole &&= typeof inside !== "number" || Number.isFinite(inside);
    return whole ? inside : null;
  };
  try {
    const copy: unknown = JSON.parse(JSON.stringify(value, replacer));
    return whole ? copy : undefined;
  } catch {
    return undefined; // it contains itself
  }
}

function deepFrozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const inside of Object.values(value)) deepFrozen(inside);
    Object.freeze(value);
  }
  return value;
}
