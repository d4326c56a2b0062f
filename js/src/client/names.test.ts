import { expect, test } from "vitest";
import { jobId } from "./providers/registry.ts";
import { stem } from "./response.ts";
import { outcome, vectors } from "./testing.ts";

test.each(await vectors<{ name: string; prompt: string | null; stem: string }>("names"))(
  "a file's name: $name",
  ({ prompt, stem: expected }) => {
    expect(stem(prompt ?? undefined)).toBe(expected);
  },
);

interface Case {
  name: string;
  provider: string;
  given: string;
  id?: string;
  error?: unknown;
}

test.each(await vectors<Case>("task_ids"))(
  "a job's id: $name",
  ({ provider, given, id, error }) => {
    const [found] = outcome(() => jobId(given, provider === "runware"));
    expect(found).toEqual(error ? { error } : id);
  },
);

test.each([undefined, null, 5, {}, ["a"]])("%s is no id", (given) => {
  expect(() => jobId(given, false)).toThrow("the text of a task id");
});
