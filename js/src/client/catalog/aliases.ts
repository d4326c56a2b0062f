// Which model is meant: the page's five names, the service's slugs, and its own ids.
//
// The service's catalogue changes every few weeks, so any id of its own passes through.
import { closest, ModelNotFoundError } from "../errors.ts";
import { bundled, snapshot } from "./facts.ts";

export const DEFAULT_MODEL = "runway-gen-4";
const AIR = /^[a-z0-9][a-z0-9_.-]*:[a-z0-9][a-z0-9_.-]*@[a-z0-9][a-z0-9_.-]*$/i;
const EXACT = new Map([["runway-gen-4.5", "runway:1@2"]]);
/** The page's names that a successor serves. */
export const SUCCESSORS = new Map([
  [DEFAULT_MODEL, "runway:1@2"],
  ["kling-2.0", "klingai:6@1"],
  ["hailuo-mini", "minimax:4@1"],
]);
// And what comes nearest.
const NEVER_OFFERED = new Map([
  ["pika-1.0", ["pixverse:1@8"]],
  ["leonardo-ultra", ["bytedance:seedance@2.5", "google:3@2"]],
]);

/** A model's id at the service; `note` says why it is another one than was asked for. */
export interface Found {
  readonly air: string;
  readonly note?: string;
}

/**
 * Find the model that is meant.
 *
 * @param model a name of the page's, a slug or an AIR id.
 * @param image the video begins with a picture.
 * @throws ModelNotFoundError names the nearest ids.
 */
export function resolve(model: string, image: boolean): Found {
  const name = model.trim().toLowerCase();
  const near = NEVER_OFFERED.get(name)?.map((air) => {
    const facts = bundled(air);
    return `${facts?.slug} (${facts?.title}, ${air})`;
  });
  if (near) throw notFound(model, `nearest there: ${near.join(" or ")}`);
  const successor = SUCCESSORS.get(name);
  if (successor) {
    // The one of its name that is offered begins with a picture.
    const air = name === DEFAULT_MODEL && image ? "runway:1@1" : successor;
    const title = bundled(air)?.title ?? air;
    return {
      air,
      note: `Runware does not offer ${name}; ${title} (${air}) makes the video instead.`,
    };
  }
  const air = EXACT.get(name) ?? bundled(name)?.air ?? (AIR.test(model.trim()) && model.trim());
  if (air) return { air };
  throw notFound(model, nearest(name));
}

function notFound(model: string, allowed: string): ModelNotFoundError {
  return new ModelNotFoundError(model, allowed, { provider: "runware" });
}

/** Suggest names that have a word in common with this one, else those that are spelled alike. */
function nearest(name: string): string {
  // Those that work on other videos come to the mind of nobody who mistypes a name.
  const usual = snapshot.filter((facts) => !facts.works_on);
  const byAir = /[:@]/.test(name);
  const ids = [...SUCCESSORS.keys(), ...usual.map((facts) => (byAir ? facts.air : facts.slug))];
  const words = name.match(/[a-z]{3,}/g) ?? [];
  const alike = ids.filter((id) => words.some((word) => id.includes(word)));
  const close = alike.length ? closest(name, alike, 0) : closest(name, ids, 0.6);
  const hint = close.length ? `did you mean ${close.join(" or ")}? ` : "";
  return `${hint}client.models() lists all, and an id such as runway:1@2 passes through`;
}
