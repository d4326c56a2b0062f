import { expect, test } from "vitest";
import { InvalidRequestError, ModelNotFoundError } from "../errors.ts";
import { RunwareProvider } from "../providers/runware/provider.ts";
import { type RequestFields, VideoGenerationRequest } from "../request.ts";
import { Secret } from "../secret.ts";
import { resolve as find } from "./aliases.ts";
import { bundled, snapshot } from "./facts.ts";
import { resolve } from "./limits.ts";

const IMAGE = "https://example.com/first.png";
const [RUNWAY, TURBO, ALEPH, VEO, HAILUO] = [
  "runway:1@2",
  "runway:1@1",
  "runway:aleph@2.0",
  "google:3@2",
  "minimax:4@1",
] as const;
const said: string[] = [];
const provider = new RunwareProvider(new Secret("a-key"), "http://127.0.0.1:9", (message) =>
  said.push(message),
);

function refusal(model: string, fields: RequestFields, prompt = "a cat"): InvalidRequestError {
  const facts = bundled(model);
  if (!facts) throw new Error(model);
  try {
    resolve(facts, new VideoGenerationRequest(prompt, fields));
  } catch (error) {
    if (error instanceof InvalidRequestError) return error;
    throw error;
  }
  throw new Error("it was taken");
}

test.for([
  [RUNWAY, { duration: 7 }, "duration is 7; allowed: 5, 8 or 10 seconds (for Runway Gen-4.5, "],
  [TURBO, { duration: 11, image: IMAGE }, "11; allowed: 2 to 10 seconds"],
  [RUNWAY, { width: 1024, height: 576 }, "'1024x576'; allowed: 1280x720, 720x1280"],
  [RUNWAY, { negative_prompt: "rain" }, "'rain'; allowed: none; this model has no negative prompt"],
  [HAILUO, { fps: 24 }, "fps is 24; allowed: 25 ("],
  [HAILUO, { duration: 10, width: 1920, height: 1080 }, "10; allowed: 6 seconds at 1920x1080"],
  [TURBO, {}, ".with_image(picture); Runway Gen-4.5 (runway:1@2) makes videos of words alone"],
  [ALEPH, { image: IMAGE }, "no image to begin with; it works on a video: .with_option("],
  [ALEPH, {}, "a video, which this model works on: .with_option("],
  [VEO, { options: { outputQuality: 19 } }, "19; allowed: whole numbers, 20 to 99"],
  [VEO, { options: { resolution: "8K" } }, "allowed: 720p, 1080p, 4K"],
  [VEO, { options: { resolutoin: "4K" } }, "did you mean resolution? options: inputs, outputForm"],
  [VEO, { options: { numberResults: 2 } }, "use the option count of generateVideo instead"],
  [VEO, { options: { ttl: 2 } }, "nothing: it is set by the client"],
] as const)("%s: what is refused says what is allowed (%#)", ([model, fields, words]) => {
  const error = refusal(model, fields);
  expect(error.message).toContain(words);
  expect([error.provider, error.message.includes(model)]).toEqual(["runware", true]);
});

test("a prompt that is too long says how long it is", () => {
  const { message } = refusal(TURBO, { image: IMAGE }, "x".repeat(1001));
  expect(message).toContain("allowed: 1 to 1000 characters, and it has 1001");
});

test.for([
  ["pika-1.0", ["pixverse-v6 (PixVerse v6, pixverse:1@8)"]],
  ["kling-3", ["klingai-video-3-0-"]],
  ["runway-gen4", ["runway-gen-4 or", "runway-gen-4-5"]],
  ["leonardo-ultra", ["bytedance:seedance@2.5", "google:3@2"]],
  ["klingai-video-3-0-por", ["klingai-video-3-0-pro"]],
  ["veo", ["google-veo-3-1"]],
  ["google:3@", ["google:3@2"]],
  ["runway:1", ["client.models()"]],
  ["nothing like it", ["client.models()"]],
] as const)("%s is not offered, and the nearest is named", ([name, words]) => {
  let message = "";
  try {
    find(name, false);
  } catch (error) {
    expect(error).toBeInstanceOf(ModelNotFoundError);
    message = String(error);
  }
  for (const word of words) expect(message).toContain(word);
  expect(snapshot.filter(({ slug }) => message.includes(slug)).length).toBeLessThanOrEqual(5);
});

test("a successor is told of, but not to those who leave the choice to us", async () => {
  said.length = 0;
  const request = new VideoGenerationRequest("a cat");
  expect((await provider.validate(request)).model).toBe(RUNWAY);
  expect(said).toEqual([]);
  await provider.validate(request.with_model("runway-gen-4"));
  expect(said).toEqual([
    "Runware does not offer runway-gen-4; Runway Gen-4.5 (runway:1@2) makes the video instead.",
  ]);
});

test("words that a model does not take are told", async () => {
  said.length = 0;
  const options = { inputs: { video: "u", audio: "v" } };
  await provider.validate(new VideoGenerationRequest("a cat", { model: "klingai:7@1", options }));
  expect(said).toEqual([
    "Kling Lip-Sync takes no words: the prompt names the job and is not sent.",
  ]);
});

test("options that contradict each other are refused before anything is sent", async () => {
  const options = { settings: { audio: true }, "settings.audio": false };
  const request = new VideoGenerationRequest("a cat", { model: "pixverse:1@8", options });
  await expect(provider.validate(request)).rejects.toThrow(/to be set once/);
});

test("a name cannot reach into JavaScript's own objects", async () => {
  const options = { settings: { a: 1 }, "settings.__proto__.mine": 1, "x.__proto__.mine": 2 };
  const request = new VideoGenerationRequest("a cat", { model: "brand:new@1", options });
  await provider.validate(request);
  expect("mine" in {}).toBe(false);
});

test("the models are listed with the page's names first, and each takes its defaults", async () => {
  const models = await provider.models();
  expect(models.slice(0, 3).map(({ id }) => id)).toEqual([
    "runway-gen-4",
    "kling-2.0",
    "hailuo-mini",
  ]);
  expect(models).toHaveLength(snapshot.length + 3);
  expect(models.find(({ id }) => id === "runway-gen-4-turbo")).toEqual({
    id: "runway-gen-4-turbo",
    title: "Runway Gen-4 Turbo",
    durations: "2 to 10",
    sizes: expect.stringContaining("1280x720"),
    text: false,
    image: true,
  });
  for (const { id, image, text } of models) {
    const options = image || text ? {} : { inputs: { video: "u" } };
    const fields = { model: id, options, image: image && !text ? IMAGE : undefined };
    await provider.validate(new VideoGenerationRequest("a cat walks", fields));
  }
});
