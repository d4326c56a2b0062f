// A still picture of a video, small enough to stand in a notebook twice: by an `ffmpeg` on PATH.
import type { VideoGenerationResponse } from "../response.ts";
import type { Placed } from "./media.ts";

const MAX_BYTES = 28_000; // 75 kB twice in base64: room below the 100 kB of an output
const EDGES = [640, 480, 360, 240];
const QUALITIES = [4, 7, 12, 20]; // ffmpeg's, best first
const PATIENCE = 6000; // milliseconds for all tries
const KEPT = 64;

const made = new Map<string, Promise<string | undefined>>();

/**
 * A JPEG in base64 of at most `MAX_BYTES`, from about a third of the clip; made once a video. None
 * without ffmpeg and of a damaged file: a missing picture must never keep the video from being shown.
 */
export function poster(
  response: VideoGenerationResponse,
  placed: Placed,
): Promise<string | undefined> {
  const key = response.task_id ?? response.video_url ?? "";
  const picture = made.get(key) ?? make(response, placed).catch(() => undefined);
  made.delete(key);
  made.set(key, picture);
  for (const oldest of made.keys()) if (made.size > KEPT) made.delete(oldest);
  return picture;
}

async function make(
  response: VideoGenerationResponse,
  { path, bytes }: Placed,
): Promise<string | undefined> {
  if (path) return await still(path, response);
  if (!bytes) return undefined;
  // Not through a pipe: what says where the pictures are may stand at the end of the file.
  const { mkdtemp, rm, writeFile } = await import("node:fs/promises");
  const folder = await mkdtemp(`${(await import("node:os")).tmpdir()}/llmkit-`);
  try {
    await writeFile(`${folder}/video`, bytes);
    return await still(`${folder}/video`, response);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function still(path: string, about: VideoGenerationResponse): Promise<string | undefined> {
  const { duration = 0, width = 0, height = 0, format } = about;
  const deadline = Date.now() + PATIENCE;
  for (const edge of EDGES) {
    if (edge < 640 && Math.max(width, height) <= edge) continue;
    for (const quality of QUALITIES) {
      const fit = `scale='min(${edge},iw)':'min(${edge},ih)':force_original_aspect_ratio=decrease`;
      const picture = await ffmpeg(
        // Whatever the file claims to be, nothing else is opened for it.
        ["-protocol_whitelist", "file", "-f", format === "webm" ? "matroska" : "mov"]
          .concat(["-ss", String(duration / 3), "-i", path, "-frames:v", "1", "-vf", fit])
          .concat(["-q:v", String(quality), "-f", "mjpeg", "pipe:1"]),
        deadline - Date.now(),
      );
      if (picture.length <= MAX_BYTES) return picture.toString("base64");
    }
  }
  return undefined;
}

async function ffmpeg(args: string[], timeout: number): Promise<Buffer> {
  const { execFile } = await import("node:child_process");
  return await new Promise((resolve, reject) => {
    if (timeout <= 0) return reject(new Error("took too long"));
    execFile(
      "ffmpeg",
      ["-v", "error", "-nostdin", ...args],
      { encoding: "buffer", timeout, maxBuffer: 1e7, windowsHide: true },
      (error, picture) => (error ? reject(error) : resolve(picture)),
    );
  });
}
