// Writes a video to where the user wants it, without ever destroying what is there.
import * as fs from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, extname, join } from "node:path";
import { InvalidRequestError, LLMKitError, OutputExistsError } from "../errors.ts";
import type { Read } from "./container.ts";
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
 * @param check whether what was written is a whole video.
 * @throws OutputExistsError something is there and `overwrite` is not set.
 * @throws InvalidRequestError no path, no such folder, it cannot be written, or the disk is full.
 * @throws LLMKitError as `pieces` and `check` do.
 */
export async function saveTo(
  path = ".",
  { name, format, overwrite }: Target,
  pieces: AsyncIterable<Piece> | Iterable<Piece>,
  check: (read: Read, size: number) => Promise<unknown>,
): Promise<string> {
  let allowed = "a file or a folder";
  const wrong = (because?: string) => new InvalidRequestError("path", path, allowed, { because });
  if (typeof path !== "string" || !path.trim() || path.includes("\0")) throw wrong();
  try {
    let target = path.replace(/^~(?=[\\/]|$)/, homedir());
    const isFolder = await isFolderAt(target);
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
      try {
        let end = 0;
        for await (const { at, data } of pieces) {
          for (end = at; end < at + data.length; ) {
            end += (await file.write(data, end - at, undefined, end)).bytesWritten;
          }
        }
        await file.truncate(end); // what came anew may be shorter
        await check(async (offset, length) => {
          const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, offset);
          return buffer.subarray(0, bytesRead);
        }, end);
      } finally {
        await file.close();
      }
      for (let number = 1; ; number += 1) {
        const own = `${name}${number > 1 ? `-${number}` : ""}.${format}`;
        const final = isFolder ? join(folder, own) : target;
        try {
          await (overwrite && !isFolder ? fs.rename : putNew)(part, final);
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
    const reason = String((error as Error).message).replace(/^E[A-Z]+: |, .*$/g, "");
    throw Object.assign(wrong(reason), { cause: error });
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

async function isFolderAt(path: string): Promise<boolean | undefined> {
  return (await fs.stat(path).catch(missing))?.isDirectory();
}

function missing(error: unknown): undefined {
  if (!/^ENO(ENT|TDIR)$/.test(codeOf(error))) throw error;
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code);
}

function exists(target: string): OutputExistsError {
  return new OutputExistsError("path", target, "a new name, or overwrite: true");
}
