// What a cell shows is the same as in Python.
import { expect, test } from "vitest";
import { VideoGenerationRequest } from "../request.ts";
import { type ResponseFields, VideoGenerationResponse } from "../response.ts";
import { vectors } from "../testing.ts";
import { doneLine, figure, noteBundle, summary } from "./bundles.ts";
import { asText, type Beside, cardOf } from "./card.ts";
import { cardHtml } from "./html.ts";
import { decide, servesFiles } from "./media.ts";
import * as wording from "./wording.ts";

interface Case {
  name: string;
  kind: "figure" | "card" | "line";
  response: Partial<ResponseFields> & { request?: { prompt: string; model?: string } };
  url?: string;
  remark?: string;
  poster?: string;
  beside?: Beside;
  message?: string;
  small?: boolean;
  html: string;
  text: string;
}

function responseOf({ request, ...fields }: Case["response"]): VideoGenerationResponse {
  const { prompt = "", ...more } = request ?? {};
  return new VideoGenerationResponse({
    format: "mp4",
    size: 0,
    ...fields,
    request: request && new VideoGenerationRequest(prompt, more),
  } as ResponseFields);
}

function shown(each: Case): { html: string; text: string } {
  const response = responseOf(each.response);
  if (each.kind === "figure") {
    const html = figure(response, each.url, each.remark, each.poster);
    return { html, text: summary(response) };
  }
  if (each.kind === "line") {
    const bundle = noteBundle(doneLine(response));
    return { html: bundle["text/html"] ?? "", text: bundle["text/plain"] ?? "" };
  }
  const card = cardOf(response, each.beside, each.message, each.small);
  return { html: withoutTime(cardHtml(card)), text: withoutTime(asText(card)) };
}

function withoutTime(text: string): string {
  return text.replace(/as of \d+ \w+, \d\d:\d\d/, "as of NOW");
}

for (const each of await vectors<Case>("figures")) {
  test(each.name, () => {
    expect(shown(each)).toEqual({ html: each.html, text: each.text });
  });
}

const WORDS = wording as unknown as Record<string, (value: unknown) => string>;

for (const { name, words } of await vectors<{ name: string; words: [unknown, string][] }>(
  "words",
)) {
  test(`words: ${name}`, () => {
    for (const [given, expected] of words)
      expect([given, WORDS[name]?.(given)]).toEqual([given, expected]);
  });
}

interface Placing {
  name: string;
  size: number;
  inside: number;
  environment: Record<string, string>;
  delivery: string;
}

for (const each of await vectors<Placing>("placing")) {
  test(`placing: ${each.name}`, () => {
    expect(decide(each.size, each.inside, servesFiles(each.environment))).toBe(each.delivery);
  });
}
