// Checks a request against what a model takes, and fills in what the model cannot do without.
import { closest, InvalidRequestError } from "../errors.ts";
import { changed, type VideoGenerationRequest } from "../request.ts";
import { type ModelFacts, snapshot } from "./facts.ts";
import { ourName } from "./names.ts";

const DURATION = 5; // seconds
const SIZE = [1280, 720] as const; // pixels
// Fields of the wire format that the request has a place of its own for.
const PLACED =
  /^(positivePrompt|negativePrompt|width|height|duration|seed|fps|model|frameImages|numberResults)$/;
const OURS =
  /^(apiKey|taskType|taskUUID|deliveryMethod|outputType|includeCost|webhookURL|uploadEndpoint|ttl)$/;
const OTHER_MEDIA = '.with_option("inputs", {...})';
/** Options that every model takes, and the only values of them, where there are such. */
const COMMON: Record<string, readonly unknown[]> = {
  outputFormat: ["MP4", "WEBM", "MOV"],
  outputQuality: [],
  safety: [],
};

/**
 * Give the request as it will be sent.
 *
 * @throws InvalidRequestError names the field, the value and what the model takes.
 */
export function resolve(
  facts: ModelFacts,
  request: VideoGenerationRequest,
): VideoGenerationRequest {
  checkPrompt(facts, request);
  checkOurs(request, facts);
  for (const [name, value] of Object.entries(request.options)) checkOption(facts, name, value);
  checkImage(facts, request);
  checkTaken(facts, request);
  const duration = durationOf(facts, request);
  const size = sizeOf(facts, request);
  checkTogether(facts, request, duration, size);
  const [width, height] = size?.split("x").map(Number) ?? [];
  return changed(request, { model: facts.air, duration, width, height });
}

/** Refuse options that the request has a place of its own for, or that are ours to set. */
export function checkOurs(request: VideoGenerationRequest, facts?: ModelFacts): void {
  for (const [name, value] of Object.entries(request.options)) {
    const first = firstOf(name);
    const no = (allowed: string) => refused(facts, `option ${name}`, value, allowed);
    if (first === "numberResults") throw no("use the option count of generateVideo instead");
    if (PLACED.test(first)) throw no(`use the request's ${ourName(first)} instead`);
    if (OURS.test(first)) throw no("nothing: it is set by the client");
  }
}

function checkPrompt(facts: ModelFacts, { prompt }: VideoGenerationRequest): void {
  const [low, high] = facts.prompt ?? [0, Number.POSITIVE_INFINITY];
  const length = [...prompt].length;
  if (length < low || length > high) {
    const allowed = `${low} to ${high} characters, and it has ${length}`;
    throw refused(facts, "prompt", prompt, allowed);
  }
}

function checkOption(facts: ModelFacts, name: string, value: unknown): void {
  const no = (allowed: string) => refused(facts, `option ${name}`, value, allowed);
  const first = firstOf(name);
  const common = Object.hasOwn(COMMON, first);
  if (!facts.fields.includes(first) && !common) {
    const others = facts.fields.filter((field) => !PLACED.test(field));
    const all = [...others, ...Object.keys(COMMON)].sort();
    const [close] = closest(first, all, 0.55);
    throw no(`${close ? `did you mean ${close}? ` : ""}options: ${all.join(", ")}`);
  }
  const known = (common ? COMMON : facts.enums)?.[first] ?? [];
  if (name === first && known.length && !known.includes(value)) throw no(known.join(", "));
  if (name === "outputQuality" && !(Number.isInteger(value) && inside(value as number, 20, 99))) {
    throw no("whole numbers, 20 to 99");
  }
}

function checkImage(facts: ModelFacts, { image, options }: VideoGenerationRequest): void {
  const works = facts.works_on;
  if (image !== undefined && !facts.takesImage) {
    const instead = works ? `; it works on ${works}: ${OTHER_MEDIA}` : "";
    throw refused(facts, "image", image, `no image to begin with${instead}`);
  }
  if (image !== undefined || givesInputs(options) || !facts.needsInput) return;
  const [maker] = facts.air.split(":");
  const others = snapshot.filter((each) => each.text_to_video && each.air.startsWith(`${maker}:`));
  const [near] = closest(
    facts.slug,
    others.map((each) => each.slug),
    0,
  );
  const words = others.find((each) => each.slug === near);
  const sibling = words ? `; ${words.title} (${words.air}) makes videos of words alone` : "";
  const needed = facts.takesImage
    ? "an image, which this model begins with: .with_image(picture)"
    : `${works}, which this model works on: ${OTHER_MEDIA}`;
  throw refused(facts, "image", undefined, needed + sibling);
}

/** Refuse what the model has no field for: it must not be dropped in silence. */
function checkTaken(facts: ModelFacts, request: VideoGenerationRequest): void {
  const fields = [
    ["seed", "seed", request.seed],
    ["negative_prompt", "negativePrompt", request.negative_prompt],
    ["fps", "fps", request.fps],
    ["duration", "duration", request.duration],
    ["size", "width", request.width && sizeText(request)],
  ] as const;
  for (const [field, wire, value] of fields) {
    if (value !== undefined && !facts.fields.includes(wire)) {
      const words = field.replace("_", " ");
      throw refused(facts, field, value, `none; this model has no ${words} to set`);
    }
  }
  const rates = facts.enums?.fps;
  if (request.fps !== undefined && rates && !rates.includes(request.fps)) {
    throw refused(facts, "fps", request.fps, rates.join(", "));
  }
}

function durationOf(facts: ModelFacts, request: VideoGenerationRequest): number | undefined {
  const { seconds } = facts;
  if (request.duration !== undefined) {
    if (!seconds || seconds.includes(request.duration)) return request.duration;
    throw refused(facts, "duration", request.duration, `${facts.secondsInWords} seconds`);
  }
  if (!facts.fields.includes("duration")) return undefined;
  if (seconds) return least(seconds, (each) => Math.abs(each - DURATION));
  return facts.required.includes("duration") ? DURATION : undefined;
}

function sizeOf(facts: ModelFacts, request: VideoGenerationRequest): string | undefined {
  const byName = Object.hasOwn(request.options, "resolution");
  const sizes = facts.sizes ?? [];
  if (request.width !== undefined) {
    const size = sizeText(request);
    if (byName) {
      throw refused(facts, "size", size, "a size or the option resolution, not both");
    }
    if (sizes.length && !sizes.includes(size)) throw refused(facts, "size", size, sizes.join(", "));
    return size;
  }
  const required = facts.required.includes("width");
  // With a picture the size follows from it, unless the model insists on being told.
  const fromPicture = request.image !== undefined || givesInputs(request.options);
  if (!facts.fields.includes("width") || byName || (fromPicture && !required)) return undefined;
  return least(sizes, farFromUsual) ?? (required ? SIZE.join("x") : undefined);
}

function farFromUsual(size: string): number {
  const edges = size.split("x").map(Number);
  return SIZE.reduce((sum, usual, i) => sum + Math.abs((edges[i] ?? 0) - usual) / usual, 0);
}

/** Hold to the limits across fields. */
function checkTogether(
  facts: ModelFacts,
  request: VideoGenerationRequest,
  duration: number | undefined,
  size: string | undefined,
): void {
  const name = request.options.resolution;
  for (const { sizes = [], resolutions = [], durations } of facts.limits ?? []) {
    if (duration === undefined || durations.includes(duration)) continue;
    if ((size && sizes.includes(size)) || resolutions.includes(name)) {
      throw refused(
        facts,
        "duration",
        duration,
        `${durations.join(" or ")} seconds at ${size ?? name}`,
      );
    }
  }
}

function refused(
  facts: ModelFacts | undefined,
  field: string,
  value: unknown,
  allowed: string,
): InvalidRequestError {
  const model = facts ? ` (for ${facts.title}, ${facts.air})` : "";
  return new InvalidRequestError(field, value, allowed + model, { provider: "runware" });
}

function firstOf(name: string): string {
  return name.split(".")[0] ?? name;
}

function givesInputs(options: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(options).some((name) => firstOf(name) === "inputs");
}

function sizeText({ width, height }: VideoGenerationRequest): string {
  return `${width}x${height}`;
}

function inside(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}

/** The first of those that are least by a measure. */
function least<T>(all: readonly T[], by: (each: T) => number): T | undefined {
  return [...all].sort((a, b) => by(a) - by(b))[0];
}
