// The HTML of a cell: plain, so that it is still there when the notebook is opened again. Styles are
// inline and built on JupyterLab's theme variables, each with a value for a page without them.
import { type Card, percent } from "./card.ts";
import { escaped, fixed } from "./wording.ts";

const INK = "var(--jp-content-font-color1,rgba(0,0,0,.87))";
const QUIET = "var(--jp-content-font-color2,rgba(0,0,0,.6))";
const LINE = "var(--jp-border-color2,#e0e0e0)";
const PANEL = "var(--jp-layout-color1,#fff)";
const CHIP = "var(--jp-layout-color2,#f0f0f0)";
const SANS = "var(--jp-ui-font-family,system-ui,sans-serif)";
const MONO = "var(--jp-code-font-family,ui-monospace,monospace)";
const ACCENT = {
  waiting: "var(--jp-brand-color1,#1976d2)",
  running: "var(--jp-brand-color1,#1976d2)",
  done: "var(--jp-success-color1,#388e3c)",
  failed: "var(--jp-error-color1,#d32f2f)",
  cancelled: "var(--jp-border-color1,#9e9e9e)",
};

// JupyterLab sets whatever stands between two dollar signs as a formula, and so do nbconvert's pages.
function classes(names: string): string {
  return `class="${names} mathjax_ignore tex2jax_ignore"`;
}

/** One quiet line. */
export function noteHtml(text: string): string {
  return (
    `<div ${classes("llmkit-note")} style="color:${QUIET};font:12px/1.5 ${SANS};` +
    `overflow-wrap:anywhere">${escaped(text)}</div>`
  );
}

export interface Figure {
  /** Whatever stands in front of the caption: the video's address, or nothing. */
  url: string | undefined;
  /** A picture of it as base64. */
  poster: string | undefined;
  /** CSS pixels. */
  width: number;
  prompt: string;
  facts: readonly string[];
  taskId: string;
}

/** A video with its caption. The `src` is on the `<video>`: an untrusted notebook drops a `<source>`. */
export function figureHtml({ url, poster, width, prompt, facts, taskId }: Figure): string {
  const still = poster && `data:image/jpeg;base64,${poster}`;
  const box = `display:block;width:${width}px;max-width:100%;height:auto;border-radius:6px;`;
  const label = escaped(prompt);
  let shown = "";
  if (url !== undefined) {
    shown =
      `<video src="${escaped(url)}"${still ? ` poster="${still}"` : ""} controls loop ` +
      `preload="metadata" width="${width}" aria-label="Video: ${label}" ` +
      `style="${box}background:#000"></video>`;
  } else if (still) {
    shown = `<img src="${still}" width="${width}" alt="${label}" style="${box}">`;
  }
  const caption = facts.map((fact) => `<span>${escaped(fact)}</span> `).join("");
  // By the class a widget finds that the page has this video already.
  const names = `llmkit-video${taskId && ` llmkit-task-${taskId}`}`;
  return (
    `<figure ${classes(names)} style="margin:4px 0;max-width:${Math.max(width, 480)}px">${shown}` +
    '<figcaption style="margin-top:6px;text-align:left;overflow-wrap:anywhere;' +
    `font:13px/1.5 ${SANS}"><div dir="auto">${label}</div>` +
    `<div style="display:flex;flex-wrap:wrap;gap:0 10px;font-size:11px;color:${QUIET}">${caption}` +
    "</div></figcaption></figure>"
  );
}

/** A job's card: a panel, or a line where it is one of many. It reads well without any style. */
export function cardHtml(card: Card): string {
  const { small, state } = card;
  const accent = ACCENT[state];
  const color = state === "failed" ? accent : QUIET;
  // A fact is never broken, a row of them may be.
  const facts = card.facts
    .map((fact) => `<span style="white-space:nowrap">${escaped(fact)}</span>`)
    .join(" \u00b7 ");
  const at = card.at && ` <span>\u00b7 as of ${card.at}</span>`;
  const word =
    card.word && ` <span style="color:${QUIET}">\u201c${escaped(card.word)}\u201d</span>`;
  const message =
    card.message &&
    `<div${state === "failed" ? ' role="alert"' : ""} dir="auto" style="margin-top:4px;` +
      `color:${color};white-space:pre-wrap;overflow-wrap:anywhere">${escaped(card.message)}</div>`;
  const [model, prompt] = [escaped(card.model), escaped(card.prompt)];
  // An update replaces the element, so "status" is announced politely at each phase only: the label
  // holds the phase and not the seconds.
  return (
    `<div ${classes(`llmkit-card llmkit-${state}`)} role="group" ` +
    `aria-label="Video job: ${escaped(card.headline)}" style="box-sizing:border-box;max-width:640px;` +
    (small
      ? `padding:2px 10px;border-left:3px solid ${accent};background:${PANEL};color:${INK};` +
        `font:12px/1.5 ${SANS}">`
      : `margin:4px 0;padding:10px 14px 10px;border:1px solid ${LINE};border-left:3px solid ` +
        `${accent};border-radius:6px;background:${PANEL};color:${INK};font:13px/1.5 ${SANS}">`) +
    '<div style="display:flex;flex-wrap:wrap;align-items:baseline;gap:0 10px">' +
    `<strong role="status" style="font-weight:600">${escaped(card.headline)}</strong>` +
    `${small ? ` <span>${model}</span>` : word}` +
    `<span style="margin-left:auto;color:${QUIET};font-variant-numeric:tabular-nums"> ` +
    `${facts}${small ? at : ""}</span></div>` +
    bar(card, accent, `display:block;width:100%${small ? "" : ";margin:6px 0 0"}`) +
    (small
      ? `<div dir="auto" style="color:${QUIET};overflow:hidden;white-space:nowrap;` +
        `text-overflow:ellipsis">${prompt}</div>${message}</div>`
      : `<div dir="auto" style="margin-top:6px;overflow-wrap:anywhere">${prompt}</div>${message}` +
        '<div style="display:flex;flex-wrap:wrap;align-items:center;gap:2px 8px;margin-top:6px;' +
        `font-size:11px;color:${QUIET}"><span style="padding:0 7px;border-radius:9px;` +
        `background:${CHIP};color:${INK};overflow-wrap:anywhere">${model}</span>` +
        ` <span>${escaped(card.provider)}</span>${at}` +
        ` <span style="margin-left:auto;font-family:${MONO};font-size:10px;opacity:.75;` +
        `overflow-wrap:anywhere">${escaped(card.taskId)}</span></div></div>`)
  );
}

/** A thin bar while it runs. */
function bar({ state, share }: Card, accent: string, place: string): string {
  if (state !== "waiting" && state !== "running") return "";
  if (share === undefined) {
    // The browser's own would move for ever in a notebook that has lost its kernel.
    const track = `${place};height:6px;border-radius:3px;background:${LINE}`;
    return `<div aria-hidden="true" style="${track}"></div>`;
  }
  return (
    `<progress max="1" value="${fixed(share, 3)}" aria-label="Progress of the video" ` +
    `style="${place};height:6px;accent-color:${accent}">${percent(share)}</progress>`
  );
}
