import { expect, test } from "vitest";
import { LLMKitError } from "../../errors.ts";
import { read } from "./envelope.ts";
import { byStatus, notTaken, toError } from "./faults.ts";
import { Verdicts } from "./verdict.ts";

const U = "0f1e2d3c-0000-4000-8000-000000000000";
const NAMES =
  "taskUUID taskType status code message parameter videoURL mediaURL outputs cost seed progress error errors data allowedValues min max documentation response __proto__".split(
    " ",
  );

/** Random numbers that are the same each time. */
function dice(seed: number) {
  let state = seed;
  return (sides: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

function anything(roll: (sides: number) => number, depth: number): unknown {
  const plain = [null, true, 0, -1, 1e308, 2 ** 53, "", U, "success", "error", "https://x.test/v"];
  const kind = depth ? roll(6) : 0;
  if (kind < 2) return plain[roll(plain.length)];
  const inside = Array.from({ length: roll(4) }, () => anything(roll, depth - 1));
  if (kind === 2) return inside;
  const named = Object.fromEntries(inside.map((each) => [NAMES[roll(NAMES.length)], each]));
  return kind === 3 ? named : { taskUUID: U, ...named };
}

test("any JSON gives an envelope or none, and every fault in it an error of ours", () => {
  const roll = dice(7);
  let [items, faults] = [0, 0];
  for (let round = 0; round < 3000; round += 1) {
    const body = { [NAMES[12 + roll(3)] ?? ""]: [anything(roll, 4), anything(roll, 3)] };
    const envelope = read(JSON.parse(JSON.stringify(body)));
    if (!envelope) throw new Error("an envelope was not read");
    items += envelope.items.size;
    for (const fault of [...envelope.faults.values(), ...envelope.loose]) {
      faults += 1;
      for (const error of [toError(fault, { status: 400 }), notTaken(fault, {})]) {
        if (error) expect(error).toBeInstanceOf(LLMKitError);
      }
      expect(byStatus("x", { status: 500 }, fault).message.length).toBeLessThan(5000);
    }
    const said = envelope.items.get(U) ?? envelope.faults.get(U);
    expect(new Verdicts().judge(U, said).taskId).toBe(U);
    expect(new Verdicts().archived(U, envelope).taskId).toBe(U);
  }
  expect(items).toBeGreaterThan(300);
  expect(faults).toBeGreaterThan(300);
});

test("a message is bounded", () => {
  const long = (message: string) =>
    read({ errors: [{ code: "x", message, taskUUID: U }] })?.faults.get(U)?.message ?? "";
  expect(long(`word ${"y".repeat(10_000)}`)).toMatch(/^word y{495}\.\.\.$/);
  expect(long("  two \n words\t")).toBe("two words");
  expect(long(`${" \n".repeat(5_000_000)}b`)).toBe("no reason was given");
});

test.for([
  ["errors in words", { errors: Array(500_000).fill("a") }],
  [
    "errors of many tasks",
    { errors: Array.from({ length: 300_000 }, (_, i) => ({ taskUUID: `x${i}` })) },
  ],
  ["errors of nobody", { errors: Array(300_000).fill({ code: "a" }) }],
  ["items", { data: Array.from({ length: 300_000 }, (_, i) => ({ taskUUID: `x${i}` })) }],
  ["outputs", { data: Array(100).fill({ taskUUID: U, outputs: Array(50_000).fill({}) }) }],
  ["parameters", { errors: [{ code: "a", parameter: Array(500_000).fill("a") }] }],
] as const)("of a bloated answer only so much is read: %s", ([, body]) => {
  const began = performance.now();
  const envelope = read(body);
  expect(performance.now() - began).toBeLessThan(3000);
  if (!envelope) throw new Error("an envelope was not read");
  const { items, faults, loose } = envelope;
  expect(items.size + faults.size).toBeLessThanOrEqual(10_000);
  expect(loose.length).toBeLessThanOrEqual(100);
  for (const fault of loose) expect(fault.parameters.length).toBeLessThanOrEqual(50);
});

test("a seed that JSON has rounded is not told", () => {
  const seed = (text: string) =>
    read(JSON.parse(`{"data":[{"taskUUID":"${U}","seed":${text}}]}`))?.items.get(U)?.seed;
  expect(seed("9007199254740991")).toBe(Number.MAX_SAFE_INTEGER);
  expect(seed("9007199254740993")).toBeUndefined();
  expect(seed("9223372036854775807")).toBeUndefined();
});

test("values that are allowed are plain and short", () => {
  const allowedValues = [1, 2.5, true, null, "", "a", [[]], { a: 1 }, "b".repeat(200_000), 1 / 0];
  const fault = read({ errors: [{ code: "x", taskUUID: U, allowedValues }] })?.faults.get(U);
  expect(fault?.allowed.slice(0, 6)).toEqual([1, 2.5, true, null, "", "a"]);
  expect(fault?.allowed.slice(6).map((each) => String(each).length)).toEqual([503]);
});
