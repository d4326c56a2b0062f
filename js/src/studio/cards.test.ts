import { expect, it } from "vitest";

import { aCard } from "../shared/testing";
import { allCards, cardOnStage } from "./cards";

const [one, two, three] = ["1", "2", "3"].map((task_id) => aCard({ task_id })) as [
  ReturnType<typeof aCard>,
  ReturnType<typeof aCard>,
  ReturnType<typeof aCard>,
];

it("shows what was asked for, else the newest", () => {
  expect(cardOnStage([one, two], [three], "3")).toBe(three);
  expect(cardOnStage([one, two], [three], "")).toBe(one);
  expect(cardOnStage([one, two], [three], "gone")).toBe(one);
  expect(cardOnStage([], [three], "")).toBe(three);
  expect(cardOnStage([], [], "")).toBeUndefined();
});

it("has every job once, in its newest state", () => {
  const older = aCard({ task_id: "1", state: "running" });
  expect(allCards([one, two], [older, three])).toEqual([one, two, three]);
});
