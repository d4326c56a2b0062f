// The MIME bundles of a cell: a card, a quiet line, a finished video.
import type { VideoGenerationResponse } from "../response.ts";
import { asText, type Beside, cardOf, titleOf } from "./card.ts";
import { cardHtml, figureHtml, noteHtml } from "./html.ts";
import { place, plain } from "./media.ts";
import { poster } from "./poster.ts";
import { amount, excerpt, fixed, length, money, quoted, seconds, visible } from "./wording.ts";

/** What a cell shows, by MIME type. */
export type Bundle = Record<string, string>;

// CSS pixels of the player; below the least width its controls do not fit.
const MAX_WIDTH = 640;
const MAX_HEIGHT = 480;
const MIN_WIDTH = 320;

export function cardBundle(
  response: VideoGenerationResponse,
  beside?: Beside,
  message = "",
  small = false,
): Bundle {
  const card = cardOf(response, beside, message, small);
  return { "text/html": cardHtml(card), "text/plain": asText(card) };
}

export function noteBundle(text: string): Bundle {
  return { "text/html": noteHtml(text), "text/plain": text };
}

/** A finished video: player and caption, poster, summary. */
export async function videoBundle(response: VideoGenerationResponse): Promise<Bundle> {
  const placed = await place(response);
  const picture = await poster(response, placed);
  const html = figure(response, placed.url, placed.remark, picture);
  return {
    "text/html": html,
    "text/plain": summary(response),
    ...(picture && { "image/jpeg": picture }),
  };
}

export function figure(
  response: VideoGenerationResponse,
  url: string | undefined,
  remark: string | undefined,
  picture: string | undefined,
): string {
  return figureHtml({
    url,
    poster: picture,
    width: playerWidth(response),
    prompt: excerpt(response.request?.prompt ?? ""),
    facts: [...factsOf(response), ...(remark ? [remark] : [])].map(visible),
    taskId: plain(response.task_id),
  });
}

/** A finished video in one line. */
export function summary(response: VideoGenerationResponse): string {
  const { request } = response;
  const prompt = request ? `${quoted(excerpt(request.prompt, 60))} ` : "";
  return visible(`Video ${prompt}(${factsOf(response).join(", ")})`);
}

/** In a few words that a video is done: what its card shrinks to. */
export function doneLine({ elapsed, model, cost }: VideoGenerationResponse): string {
  const parts = [elapsed === undefined ? "Done" : `Done in ${seconds(elapsed)}`];
  if (model) parts.push(visible(titleOf(model)));
  if (cost) parts.push(money(cost));
  return parts.join(" \u00b7 ");
}

function factsOf(response: VideoGenerationResponse): string[] {
  const { model, provider, duration, width, height, size, seed, cost, elapsed } = response;
  return [
    model && titleOf(model),
    provider,
    duration && length(duration),
    width && height && `${width}\u00d7${height}`,
    size && amount(size),
    seed !== undefined && `seed ${seed}`,
    cost && money(cost),
    elapsed !== undefined && `made in ${seconds(elapsed)}`,
  ].filter((fact) => typeof fact === "string" && fact !== "") as string[];
}

/** Whole picture in view, controls in reach. */
function playerWidth(response: VideoGenerationResponse): number {
  const { width = MAX_WIDTH, height = MAX_HEIGHT } = response;
  const fits = Math.min(MAX_WIDTH, width, round(width * Math.min(1, MAX_HEIGHT / height)));
  return Math.max(fits, Math.min(MIN_WIDTH, round((MAX_HEIGHT * width) / height)), 1);
}

function round(value: number): number {
  return Number(fixed(value));
}
