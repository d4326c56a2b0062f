import { describe, expect, test } from "vitest";
import * as errors from "./errors.ts";
import { InvalidRequestError, type LLMKitError } from "./errors.ts";
import {
  checkComplete,
  checkSeconds,
  type RequestFields,
  several,
  VideoGenerationRequest,
} from "./request.ts";
import { outcome, real, vectors } from "./testing.ts";

interface Case {
  name: string;
  fields: Record<string, unknown>;
  complete?: boolean;
  expected: unknown;
  typescript?: unknown;
  says?: string;
}

const CASES = await vectors<Case>("requests");
const SECONDS = await vectors<{ name: string; value: unknown; seconds?: unknown; error?: unknown }>(
  "seconds",
);

test.each(CASES)("fields: $name", (case_) => {
  const { prompt, ...fields } = real(case_.fields) as { prompt: string };
  const [found, message] = outcome(() => {
    const request = new VideoGenerationRequest(prompt, fields as RequestFields);
    if (case_.complete) checkComplete(request);
    const { prompt: same, ...rest } = request.toJSON();
    expect(new VideoGenerationRequest(same, rest)).toEqual(request);
    // With nothing that only JavaScript would hold.
    expect(JSON.parse(JSON.stringify(request))).toEqual(request.toJSON());
    return request.toJSON();
  });
  expect(found).toEqual(case_.typescript ?? case_.expected);
  expect(message).toContain(case_.says ?? "");
});

test.each(SECONDS)("seconds: $name", (case_) => {
  const [found] = outcome(() => checkSeconds("timeout", real(case_.value)));
  expect(found).toEqual(case_.error ? { error: case_.error } : real(case_.seconds));
});

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2);

describe("builders", () => {
  const plain = new VideoGenerationRequest("A cat");
  const steps = [
    ["model", "with_model", "withModel", "runway-gen-4"],
    ["duration", "with_duration", "withDuration", 5],
    ["width", "with_width", "withWidth", 1280],
    ["height", "with_height", "withHeight", 720],
    ["seed", "with_seed", "withSeed", 7],
    ["negative_prompt", "with_negative_prompt", "withNegativePrompt", "dogs"],
    ["image", "with_image", "withImage", "https://example.com/a.png"],
    ["fps", "with_fps", "withFps", 24],
  ] as const;

  test.each(steps)("%s in both spellings", (field, snake, camel, value) => {
    for (const name of [snake, camel]) {
      const built = plain[name](value as never);
      expect(built.toJSON()).toEqual({ prompt: "A cat", [field]: value });
      expect(built).toBeInstanceOf(VideoGenerationRequest);
      expect(() => plain[name](undefined as never)).toThrow(InvalidRequestError);
    }
    expect(plain.toJSON()).toEqual({ prompt: "A cat" });
  });

  test("they can be strung together, in any order and spelling", () => {
    const built = plain
      .with_duration(5)
      .withWidth(640)
      .with_height(480)
      .withModel("m")
      .with_seed(0);
    expect(built.toJSON()).toEqual({
      prompt: "A cat",
      model: "m",
      duration: 5,
      width: 640,
      height: 480,
      seed: 0,
    });
  });

  test("options are added and replaced", () => {
    const built = plain.with_option("a.b", [1]).withOption("c", "x").with_option("c", "y");
    expect(built.options).toEqual({ "a.b": [1], c: "y" });
    expect(plain.options).toEqual({});
    expect(() => plain.withOption("", 1)).toThrow("a name such as");
  });

  test("the negative prompt is read in both spellings", () => {
    const built = plain.with_negative_prompt("dogs");
    expect([built.negative_prompt, built.negativePrompt]).toEqual(["dogs", "dogs"]);
  });

  test("a picture's bytes become a data: URI", () => {
    expect(plain.withImage(PNG).image).toBe("data:image/png;base64,iVBORw0KGgoBAg==");
    expect(() => plain.with_image(Uint8Array.of(1, 2, 3))).toThrow("not a picture");
    expect(() => plain.with_image(new Uint8Array(20e6 + 1))).toThrow("larger than 20 MB");
  });

  test("a large picture is encoded whole", () => {
    const large = new Uint8Array(100_001).fill(7);
    large.set(PNG);
    const { image } = plain.with_image(large);
    expect(Buffer.from(image?.split(",")[1] ?? "", "base64")).toEqual(Buffer.from(large));
  });
});

describe("a request does not change", () => {
  const options = { list: [1, { inside: "x" }] };
  const request = new VideoGenerationRequest("A cat", { options });

  test("nor do its options", () => {
    options.list.push(2);
    expect(request.options).toEqual({ list: [1, { inside: "x" }] });
    const open = request as unknown as { prompt: string; options: { list: unknown[] } };
    expect(() => {
      open.prompt = "A dog";
    }).toThrow(TypeError);
    expect(() => open.options.list.push(3)).toThrow(TypeError);
  });
});

describe("values that JSON does not have", () => {
  const loop: Record<string, unknown> = {};
  loop.self = loop;
  const odd: [string, unknown][] = [
    ["undefined", undefined],
    ["a function", () => 1],
    ["a symbol", Symbol("x")],
    ["a bigint", 5n],
    ["itself", loop],
    ["a function inside", { a: [() => 1] }],
    ["undefined inside", { a: undefined }],
  ];
  test.each(odd)("%s as an option", (_, value) => {
    expect(() => new VideoGenerationRequest("A cat").with_option("x", value)).toThrow("as in JSON");
  });
  test.each([5n, new Number(5), Symbol("x"), () => 5, new Date(5)])("%s as a number", (value) => {
    expect(() => new VideoGenerationRequest("A cat").with_duration(value as never)).toThrow(
      "a whole number from 1 to 3600 seconds",
    );
  });
  test("a String object is no string", () => {
    expect(() => new VideoGenerationRequest(new String("A cat") as never)).toThrow("a string");
  });
});

describe("several", () => {
  const request = new VideoGenerationRequest("A cat");
  test("without a seed they are alike", () => {
    expect(several(request, 3)).toEqual([request, request, request]);
  });
  test("seeds go up from the first", () => {
    expect(several(request.with_seed(7), 3).map(({ seed }) => seed)).toEqual([7, 8, 9]);
  });
  test("and not beyond the largest", () => {
    const last = request.with_seed(Number.MAX_SAFE_INTEGER);
    expect(several(last, 1)[0]?.seed).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => several(last, 2)).toThrow("seed is 9007199254740992");
  });
  test.each([0, -1, 101, 2.5, Number.NaN, true, "3", null])("%s is no count", (count) => {
    expect(() => several(request, count as number)).toThrow("a whole number from 1 to 100");
  });
});

test("an error names the field, the value and what is allowed", () => {
  let error: LLMKitError | undefined;
  try {
    new VideoGenerationRequest("A cat").with_width(-1);
  } catch (caught) {
    error = caught as LLMKitError;
  }
  expect(error).toBeInstanceOf(errors.InvalidRequestError);
  expect(error).toMatchObject({ field: "width", value: -1, code: "invalid_request" });
  expect(error?.message).toBe("width is -1; allowed: a whole number from 1 to 16384 pixels");
});
