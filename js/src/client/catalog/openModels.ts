// What is known of open-source video models by their names: rates, frame counts, what they take.
// Servers tell their models' names and little else. What is not known here is left to the server.

/** Models of one kind: the rate that they were trained for, and the step of a clip's frames. */
export interface Family {
  readonly fps: number;
  /** A clip has a multiple of so many frames, and one more. */
  readonly step: number;
}

/** What a model makes, and of what. */
export interface Kind {
  readonly makes: "video" | "image" | "unknown";
  /** Whether it makes videos of words alone. */
  readonly text: boolean;
  /** Whether a video can begin with a picture. */
  readonly image: boolean;
}

// In both tables the first that fits counts.
const FAMILIES: readonly [RegExp, number, number][] = [
  [/wan-?2\.2-ti2v-5b/i, 24, 4],
  [/wan-?2\.?[12]|fastwan|wan-?video/i, 16, 4],
  [/hunyuan-?video|fasthunyuan/i, 24, 4],
  [/ltx/i, 24, 8],
  [/cogvideox/i, 8, 4],
  [/mochi/i, 30, 6],
];
const PICTURES: Kind = { makes: "image", text: false, image: false };
const KINDS: readonly [RegExp, Kind][] = [
  [/ti2v/i, video(true, true)],
  [/i2v|image-?to-?video|img2vid/i, video(false, true)],
  [/t2v|text-?to-?video/i, video(true, false)],
  [
    /qwen-image|flux[.-]?[12]|stable-diffusion-(?:3|xl)|sdxl|z-image|hidream|hunyuan-?image|glm-image|sana(?!-video)|pixart|ovis-image|longcat-image/i,
    PICTURES,
  ],
];

/** The family of a model by its name. */
export function familyOf(model: string): Family | undefined {
  const [, fps, step] = FAMILIES.find(([pattern]) => pattern.test(model)) ?? [];
  return fps && step ? { fps, step } : undefined;
}

/** How many frames a clip of that length has, as near as the model can make it. */
export function framesOf(family: Family, seconds: number, fps: number): number {
  const steps = (seconds * fps) / family.step;
  // A half goes to the even side, as in Python.
  const even = steps % 1 === 0.5 ? 2 * Math.round(steps / 2) : Math.round(steps);
  return Math.max(1, even) * family.step + 1;
}

/**
 * What a model makes.
 *
 * @param tasks what the server says that it does, in SGLang's words; empty where it does not.
 */
export function kindOf(model: string, tasks: readonly string[] = []): Kind {
  const videos = tasks.filter((task) => /^(?:T2V|I2V|TI2V|V2V|F2V)$/i.test(task));
  const some = (pattern: RegExp) => videos.some((task) => pattern.test(task));
  if (videos.length) return video(some(/^TI?2/i), some(/^(?:T?I|F)2/i));
  if (tasks.length) return PICTURES;
  const [, kind] = KINDS.find(([pattern]) => pattern.test(model)) ?? [];
  return kind ?? { ...video(true, true), makes: familyOf(model) ? "video" : "unknown" };
}

function video(text: boolean, image: boolean): Kind {
  return { makes: "video", text, image };
}
