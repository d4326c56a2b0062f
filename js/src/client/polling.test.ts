import { expect, test } from "vitest";
import { GRACE, nextDelay, type Usual, usualOf } from "./polling.ts";
import { vectors } from "./testing.ts";

interface Case {
  name: string;
  elapsed: number;
  usual?: Usual;
  retry_after?: number;
  sharing?: number;
  alone?: number;
  jitter?: number;
  seconds: number;
}

test.each(await vectors<Case>("polling"))(
  "$name",
  ({ elapsed, seconds, retry_after, ...about }) => {
    expect(nextDelay(elapsed, { ...about, retryAfter: retry_after })).toBeCloseTo(seconds, 9);
  },
);

test.each(await vectors<{ name: string; times: number[]; usual: Usual | null }>("usual"))(
  "learned from $name",
  ({ times, usual }) => {
    const given = [...times];
    expect(usualOf(times)).toEqual(usual ?? undefined);
    expect(times).toEqual(given);
  },
);

test("the grace of an id that is not shown", () => {
  expect(GRACE).toBe(60);
});
