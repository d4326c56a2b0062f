// Writes a video to where the user wants it, without ever destroying what is there.
import * as fs from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, extname, join } from "node:path";
import { InvalidRequestError, LLMKitError, OutputExistsError } from "../errors.ts";
import { inBlocks, readHeader } from "./container.ts";
import type { Piece } from "./download.ts";

export interface Target {
  /** Of the file in a folder, without its ending. */
  readonly name: string;
  readonly format: string;
  readonly overwrite?: boolean;
}

/**
 * Write a video to a file or into a folder, so that its name only ever holds a whole video.
 *
 * The path is looked at before the first byte is asked for.
 *
 * @throws OutputExistsError something is there and `overwrite` is not set.
 * @throws InvalidRequestError no path, no such folder, it cannot be written, or the disk is full.
 * @throws LLMKitError as `pieces` does.
 */
export async function saveTo(
  path: string | undefined,
  pieces: AsyncIterable<Piece> | Iterable<Piece>,
  { name, format, overwrite = false }: Target,
): Promise<string> {
  const given = path ?? ".";
  let target = given;
  let allowed = "a file or a folder";
  const wrong = (because?: string) => new InvalidRequestError("path", given, allowed, { because });
  if (typeof given !== "string" || !given.trim() || given.includes("\0")) throw wrong();
  try {
    if (/^~(?:[\\/]|$)/.test(given)) target = join(homedir(), given.slice(1));
    const isFolder = await isFolderAt(target);
    if (!isFolder && /[\\/]$/.test(given)) {
      allowed = "a folder that exists";
      throw wrong();
    }
    if (!isFolder && extname(target).length < 2) target += `.${format}`;
    const folder = isFolder ? target : dirname(target);
    if (!(await isFolderAt(folder))) {
      allowed = "a file in a folder that exists";
      throw wrong(`no folder ${folder}`);
    }
    // A link is never written through, wherever it points.
    const there = isFolder ? undefined : await fs.lstat(target).catch(missing);
    if (there && (!overwrite || there.isDirectory())) throw exists(target);
    allowed = "a folder that can be written";
    const part = join(folder, `.${crypto.randomUUID()}.part`);
    const file = await fs.open(part, "wx+");
    try {
      allowed = "a file that can be written";
      let end = 0;
      try {
        for await (const { at, data } of pieces) {
          for (let done = 0; done < data.length; ) {
            done += (await file.write(data, done, data.length - done, at + done)).bytesWritten;
          }
          end = at + data.length;
        }
        // The file may have come anew, and shorter.
        await file.truncate(end);
        const load = async (offset: number, length: number) => {
          const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, offset);
          return buffer.subarray(0, bytesRead);
        };
        await readHeader(inBlocks(load), end);
      } finally {
        await file.close();
      }
      for (let number = 1; ; number += 1) {
        const own = number > 1 ? `${name}-${number}.${format}` : `${name}.${format}`;
        const final = isFolder ? join(folder, own) : target;
        try {
          if (overwrite && !isFolder) await fs.rename(part, final);
          else await putNew(part, final);
          return final;
        } catch (error) {
          if (codeOf(error) !== "EEXIST") throw error;
          if (!isFolder) throw exists(final);
        }
      }
    } finally {
      await fs.rm(part, { force: true });
    }
  } catch (error) {
    if (error instanceof LLMKitError) throw error;
    const failure = wrong(String((error as Error).message).replace(/^E[A-Z]+: |, .*$/g, ""));
    failure.cause = error;
    throw failure;
  }
}

/** Move, failing where something is: a hard link does that in one step. */
async function putNew(part: string, target: string): Promise<void> {
  try {
    await fs.link(part, target);
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw error;
    // No hard links on this file system: the name is taken first, then the file put over it.
    await (await fs.open(target, "wx")).close();
    await fs.rename(part, target);
  }
}

async function isFolderAt(path: string): Promise<boolean> {
  return (await fs.stat(path).catch(missing))?.isDirectory() ?? false;
}

function missing(error: unknown): undefined {
  const code = codeOf(error);
  if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code;
}

function exists(target: string): OutputExistsError {
  return new OutputExistsError("path", target, "a new name, or overwrite: true");
}
