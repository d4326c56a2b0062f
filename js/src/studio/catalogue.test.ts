import { expect, it } from "vitest";

import { entryOf, grouped, matching, named, start } from "./catalogue";
import { anEntry } from "./testing";

const kling = anEntry({ id: "preview/kling-2.0", title: "Kling 2.0", advice: "fast generation" });
const paid = anEntry({ id: "runware/kling-2.0", title: "Kling 2.0", provider: "runware" });
const turbo = anEntry({ id: "runware/r:1@1", title: "Turbo", provider: "runware", text: false });
const models = [kling, paid, turbo];

it("finds by every word, wherever it stands", () => {
  expect(matching(models, "KLING")).toEqual([kling, paid]);
  expect(matching(models, "kling runware")).toEqual([paid]);
  expect(matching(models, "fast")).toEqual([kling]);
  expect(matching(models, "r:1@1")).toEqual([turbo]);
  expect(matching(models, "sora")).toEqual([]);
  expect(matching(models, "  ")).toEqual(models);
});

it("groups by provider in the order of their first models", () => {
  const mixed = [paid, kling, turbo];
  expect(grouped(mixed)).toEqual([
    { provider: "runware", models: [paid, turbo] },
    { provider: "preview", models: [kling] },
  ]);
});

it("knows an entry by its id, whatever the case", () => {
  expect(entryOf(models, "Preview/Kling-2.0")).toBe(kling);
  expect(entryOf(models, "kling-2.0")).toBeUndefined();
});

it("knows a full name, but not one that two have", () => {
  expect(named(models, " turbo ")).toBe(turbo);
  expect(named(models, "runware/kling-2.0")).toBe(paid);
  expect(named(models, "Kling 2.0")).toBeUndefined();
  expect(named(models, "")).toBeUndefined();
});

it("says which models begin with a picture", () => {
  expect(start(turbo)).toBe("from a picture");
  expect(start(anEntry({ image: true }))).toBe("from words or a picture");
  expect(start(anEntry())).toBe("");
});
