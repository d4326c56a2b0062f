// From a request to the fields of a body, and from those to JSON or a form.
import { familyOf, framesOf } from "../../catalog/openModels.ts";
import { InvalidRequestError } from "../../errors.ts";
import { imageFile } from "../../images.ts";
import type { VideoGenerationRequest } from "../../request.ts";
import { BY_US, OURS, prefixed } from "./faults.ts";
import type { Form, Manners } from "./manners.ts";
import { type Fields, object } from "./records.ts";

/** The fields of OpenAI's own API; all others are what servers of open models add to it. */
export const OWN = ["prompt", "model", "seconds", "size", "input_reference"];
// What is between this client and the server.
const NOT_OPTIONS = /^(n|num_outputs_per_prompt|output_path|response_format|stream|nvext)$/;
// Dynamo takes these in an object of their own.
const NVEXT =
  /^(fps|num_frames|negative_prompt|num_inference_steps|guidance_scale(_2)?|boundary_ratio|seed)$/;

/** A body, ready to be sent, and what stands in it. */
export interface Body {
  readonly fields: Fields;
  readonly form: Form;
  readonly content: string | FormData;
}

/** Refuse options that a request has a field for, or that are no business of a client. */
export function checkOptions(request: VideoGenerationRequest): void {
  for (const [name, value] of Object.entries(request.options)) {
    const [first = ""] = name.split(".");
    const ours = first === "num_frames" ? undefined : OURS.get(first);
    if (!ours && !NOT_OPTIONS.test(first)) continue;
    const whose = ours ? `the request's ${ours}` : "this client";
    const allowed = `other names; ${first} is set by ${whose}`;
    throw new InvalidRequestError(`option ${name}`, value, allowed, BY_US);
  }
}

/**
 * Refuse what a server that takes OpenAI's own fields alone cannot be told.
 *
 * @param seeded the seed is a person's, and not one that was chosen here.
 */
export function checkStrict(request: VideoGenerationRequest, url: string, seeded: boolean): void {
  const { negative_prompt, fps, seed, options } = request;
  const given = { negative_prompt, fps, seed: seeded ? seed : undefined, ...prefixed(options) };
  for (const [field, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const allowed = `none; ${url} takes prompt, model, duration, size and image alone`;
    throw new InvalidRequestError(field, value, allowed, BY_US);
  }
}

/**
 * The fields of a request's body, without its picture.
 *
 * Frames and their rate follow from the duration where the model's own rate is known: servers would
 * take one that it was not trained for.
 */
function fieldsOf(request: VideoGenerationRequest, manners: Manners): Fields {
  const { prompt, model, duration: seconds, width, height, seed, negative_prompt } = request;
  const family = familyOf(model ?? "");
  const fps = request.fps ?? family?.fps;
  const known = seconds !== undefined && fps !== undefined;
  const two = manners.sizeInTwo;
  let fields: Fields = {
    prompt,
    model,
    seconds,
    size: width && !two ? `${width}x${height}` : undefined,
    width: two ? width : undefined,
    height: two ? height : undefined,
    fps,
    num_frames: known ? (family ? framesOf(family, seconds, fps) : seconds * fps) : undefined,
    seed,
    negative_prompt,
  };
  for (const [name, value] of Object.entries(request.options)) {
    fields = put(fields, name.split("."), value);
  }
  const kept = Object.entries(fields).filter(
    ([name, value]) => value !== undefined && (!manners.strict || OWN.includes(name)),
  );
  return Object.fromEntries(kept);
}

/** The body for a request. */
export function build(request: VideoGenerationRequest, manners: Manners): Body {
  const fields = fieldsOf(request, manners);
  const picture = request.image === undefined ? undefined : imageFile(request.image);
  const image = picture
    ? request.image?.replace(/^[^,]*/, `data:${picture.type};base64`)
    : request.image;
  if (manners.synchronous) return json(forDynamo(fields, image));
  // A file goes in a form, where the server reads those.
  let form = image === undefined ? manners.form : picture ? "multipart" : "json";
  if (form === manners.refused) form = form === "json" ? "multipart" : "json";
  if (form === "json") {
    if (image !== undefined) {
      const as = { image_url: image };
      // SGLang's name for it, and vLLM-Omni's, to whom proxies pass it on as text.
      const many = { reference_url: image, image_reference: JSON.stringify(as) };
      Object.assign(fields, manners.strict ? { input_reference: as } : many);
    }
    if ("seconds" in fields && !manners.secondsAsNumber) fields.seconds = String(fields.seconds);
    return json(fields);
  }
  if (image !== undefined && !picture) fields.image_reference = { image_url: image };
  const content = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    content.append(name, typeof value === "string" ? value : JSON.stringify(value));
  }
  if (picture) content.append("input_reference", picture, `first.${picture.type.slice(6)}`);
  return { fields, form, content };
}

function json(fields: Fields): Body {
  return { fields, form: "json", content: JSON.stringify(fields) };
}

function forDynamo(fields: Fields, image: string | undefined): Fields {
  const split = (extra: boolean) =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => NVEXT.test(name) === extra));
  const nvext = split(true);
  return {
    ...split(false),
    ...(image === undefined ? {} : { input_reference: image }),
    // An address there may be one of its own file system.
    response_format: "b64_json",
    ...(Object.keys(nvext).length ? { nvext } : {}),
  };
}

/** The fields with one more, at a dotted name. */
function put(fields: Fields, [name = "", ...rest]: string[], value: unknown): Fields {
  return { ...fields, [name]: rest.length ? put(object(fields[name]) ?? {}, rest, value) : value };
}
