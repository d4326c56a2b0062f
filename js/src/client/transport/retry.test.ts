import { expect, test } from "vitest";
import * as errors from "../errors.ts";
import { InvalidRequestError, type LLMKitError, ModelNotFoundError } from "../errors.ts";
import { vectors } from "../testing.ts";
import {
  decide,
  delay,
  isTransient,
  mayHaveArrived,
  parseRetryAfter,
  retryAfter,
} from "./retry.ts";

interface Told {
  class: string;
  status?: number;
  retry_after?: number;
}
interface Case {
  name: string;
  parse?: string | null;
  headers?: Record<string, string>;
  now: number;
  status?: number;
  arrived?: Told | null;
  error?: Told;
  attempt: number;
  retry_after?: number | null;
  reads: boolean;
  idempotent: boolean;
  jitter: number;
  seconds?: number | null;
  passes?: boolean;
  perhaps?: boolean;
}

const CLASSES = errors as unknown as Record<string, typeof LLMKitError>;

function made({ class: name, status, retry_after }: Told): LLMKitError {
  const type = CLASSES[name] as typeof LLMKitError;
  const context = { status, retryAfterSeconds: retry_after };
  if (name === "ModelNotFoundError") return new ModelNotFoundError("a-model", "another", context);
  if (Object.create(type.prototype) instanceof InvalidRequestError) {
    return new (type as unknown as typeof InvalidRequestError)(
      "field",
      "value",
      "another",
      context,
    );
  }
  return new type("A sentence.", context);
}

function decided(told: Case): unknown {
  const { attempt, jitter, now } = told;
  if (told.parse !== undefined) return parseRetryAfter(told.parse, now);
  if (told.headers) return retryAfter(new Headers(told.headers), now);
  if (told.status !== undefined) return isTransient(told.status);
  if (told.arrived !== undefined) {
    return mayHaveArrived(told.arrived ? made(told.arrived) : undefined);
  }
  if (told.error) return decide(made(told.error), attempt, told);
  return delay(attempt, told.retry_after ?? undefined, jitter);
}

test.each(await vectors<Case>("retry"))("$name", (told) => {
  const found = decided(told);
  const expected = told.passes ?? told.perhaps ?? told.seconds ?? undefined;
  if (typeof expected === "number") expect(found).toBeCloseTo(expected, 6);
  else expect(found).toBe(expected);
});

test("a ticket is an answer", () => {
  expect(mayHaveArrived({ taskId: "1" })).toBe(false);
});
