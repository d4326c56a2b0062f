// Where a cell takes a video from: the notebook itself, a file beside it, or nowhere.
import { InvalidRequestError, OutputExistsError } from "../errors.ts";
import type { VideoGenerationResponse } from "../response.ts";
import { amount } from "./wording.ts";

const FOLDER = "llmkit_media"; // visible: Jupyter's server does not serve hidden ones
// Bytes of video inside a notebook.
const CLIP = 1e6;
const SESSION = 10e6;
const FALLBACK = 8e6; // where no file can lie beside the notebook

const embedded = new Map<string, number>();

/** The video's address in the page, what to say of it, and the file to take a picture from. */
export interface Placed {
  url?: string;
  remark?: string;
  path?: string;
  bytes?: Uint8Array;
}

/**
 * Decide how a video of that many bytes gets into a notebook.
 *
 * @param inside bytes that this session has put inside the notebook so far.
 * @param beside a file can be put beside the notebook.
 */
export function decide(size: number, inside: number, beside: boolean): "embed" | "file" | "poster" {
  if (size <= CLIP && inside + size <= SESSION) return "embed";
  if (beside) return "file";
  return size <= FALLBACK ? "embed" : "poster";
}

/** Only Jupyter's own server serves files that lie beside the notebook. */
export function servesFiles(env: Readonly<Record<string, string | undefined>>): boolean {
  // A server that was started inside VS Code inherits its variables; it names the notebook.
  const editor = "VSCODE_PID" in env && !("JPY_SESSION_NAME" in env);
  return !editor && !("COLAB_RELEASE_TAG" in env) && !("COLAB_JUPYTER_IP" in env);
}

/** Of an id, which came from elsewhere, only characters that are harmless in a name. */
export function plain(id: string | undefined): string {
  return (id ?? "").replace(/[^\p{L}\p{N}_-]/gu, "");
}

/** Embed the video, or put it beside the notebook, or say where it is. */
export async function place(response: VideoGenerationResponse): Promise<Placed> {
  const { size } = response;
  const key = response.task_id ?? response.video_url ?? "";
  let inside = 0;
  for (const [each, bytes] of embedded) if (each !== key) inside += bytes;
  let beside = servesFiles(process.env);
  // What nobody has measured goes into a file, whatever it turns out to be.
  let delivery = decide(size || Infinity, inside, beside);
  if (delivery === "file") {
    try {
      return await besideNotebook(response, plain(key).slice(0, 80) || "video");
    } catch (error) {
      if (!cannotWrite(error)) return unreadable(error);
      beside = false;
      delivery = decide(size || Infinity, inside, beside);
    }
  }
  if (delivery === "poster") {
    const why = size ? `Too large to stand in the notebook (${amount(size)})` : "Not shown here";
    return { remark: `${why}; response.save() writes it to a file` };
  }
  try {
    const bytes = await response.bytes();
    const { Buffer } = await import("node:buffer");
    embedded.set(key, bytes.length);
    const mime = { webm: "webm", mov: "quicktime" }[response.format] ?? "mp4";
    return { url: `data:video/${mime};base64,${Buffer.from(bytes).toString("base64")}`, bytes };
  } catch (error) {
    return unreadable(error);
  }
}

/** An earlier copy of the same video is used again; another file is never touched. */
async function besideNotebook(response: VideoGenerationResponse, stem: string): Promise<Placed> {
  const { lstat, mkdir } = await import("node:fs/promises");
  await mkdir(FOLDER, { recursive: true });
  for (let number = 1; ; number += 1) {
    const name = `${stem}${number > 1 ? `-${number}` : ""}.${response.format}`;
    const path = `${FOLDER}/${name}`;
    try {
      await response.save(path);
    } catch (error) {
      if (!(error instanceof OutputExistsError)) throw error;
      // The name has the id: a file of the same size is the same video. A symbolic link might lead
      // anywhere, now or later.
      const there = await lstat(path);
      if (!there.isFile() || (response.size && there.size !== response.size)) continue;
    }
    // The leading dot keeps a colon in a name from being read as a scheme.
    return { url: `./${FOLDER}/${encodeURIComponent(name)}`, remark: `in ${path}`, path };
  }
}

function cannotWrite(error: unknown): boolean {
  return (
    error instanceof InvalidRequestError ||
    /^E[A-Z]+$/.test((error as { code?: string }).code ?? "")
  );
}

function unreadable(error: unknown): Placed {
  return {
    remark: `The video could not be read: ${error instanceof Error ? error.message : error}`,
  };
}
