import fs, {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { Emulator, videoUrl } from "../testing.ts";
import { Video } from "./video.ts";

// A file system without hard links, as on many memory cards and network drives.
const { link } = fs;
function setLink(made: typeof link): void {
  fs.link = made;
  syncBuiltinESMExports();
}

let emulator: Emulator;
let url: string;
let folder: string;
beforeAll(async () => {
  emulator = await Emulator.start({ seconds: 0, file_size: 300_000 });
});
afterAll(async () => await emulator.stop());
beforeEach(async () => {
  await emulator.reset({ seconds: 0, file_size: 300_000 });
  url = await videoUrl(emulator);
  folder = await mkdtemp(join(tmpdir(), "saving \u732b-"));
});
afterEach(async () => await rm(folder, { recursive: true }));

const HOW = { name: "koi-pond", format: "mp4" };

function video(): Video {
  return new Video({ url, ownOrigin: emulator.origin }, { pace: 0.01 });
}

async function requests(): Promise<number> {
  return (await emulator.stats()).requests.file ?? 0;
}

test("the file is written whole and its path returned", async () => {
  const path = await video().save(join(folder, "garden.mp4"), HOW);
  expect(path).toBe(join(folder, "garden.mp4"));
  expect(await readdir(folder)).toEqual(["garden.mp4"]);
  const data = await readFile(path);
  expect(data.equals(Buffer.from(await (await fetch(url)).arrayBuffer()))).toBe(true);
  expect((await stat(path)).mode & 0o777).toBe(0o666 & ~process.umask());
});

test("a missing ending comes from the video, and what was read is not fetched", async () => {
  const one = video();
  await one.bytes();
  expect(await one.save(join(folder, "garden"), { ...HOW, format: "webm" })).toBe(
    join(folder, "garden.webm"),
  );
  expect(await one.save(join(folder, ".hidden."), HOW)).toBe(join(folder, ".hidden..mp4"));
  expect(await requests()).toBe(1);
});

test("a folder gets free names, also where many are saved at once", async () => {
  const one = video();
  await Promise.all([1, 2, 3].map(() => one.save(folder, { ...HOW, overwrite: true })));
  await one.save(`${folder}/`, HOW);
  expect((await readdir(folder)).sort()).toEqual(
    ["koi-pond-2.mp4", "koi-pond-3.mp4", "koi-pond-4.mp4", "koi-pond.mp4"].sort(),
  );
});

test("without hard links nothing is overwritten either", async () => {
  let refused = 0;
  setLink(async () => {
    refused += 1;
    throw Object.assign(new Error("EPERM: operation not permitted, link"), { code: "EPERM" });
  });
  try {
    const one = video();
    await Promise.all([1, 2, 3].map(() => one.save(folder, HOW)));
    expect((await readdir(folder)).sort()).toEqual([
      "koi-pond-2.mp4",
      "koi-pond-3.mp4",
      "koi-pond.mp4",
    ]);
    for (const name of await readdir(folder)) {
      expect((await stat(join(folder, name))).size).toBe(300_000);
    }
    await emulator.fault("file", "503:1");
    const slow = new Video({ url, ownOrigin: emulator.origin });
    const late = slow.save(join(folder, "x.mp4"), HOW);
    setTimeout(() => writeFile(join(folder, "x.mp4"), "precious"), 200);
    await expect(late).rejects.toMatchObject({ code: "output_exists" });
    expect(await readFile(join(folder, "x.mp4"), "utf8")).toBe("precious");
    expect(refused).toBeGreaterThan(3);
  } finally {
    setLink(link);
  }
});

test("the working directory is where it goes by default", async () => {
  const [before, one] = [process.cwd(), video()];
  process.chdir(folder);
  try {
    expect([await one.save(undefined, HOW), await one.save("x", HOW)]).toEqual([
      "koi-pond.mp4",
      "x.mp4",
    ]);
    expect((await readdir(folder)).sort()).toEqual(["koi-pond.mp4", "x.mp4"]);
  } finally {
    process.chdir(before);
  }
});

test("nothing is overwritten unless asked, and nothing is fetched for it", async () => {
  const there = join(folder, "mine.mp4");
  await writeFile(there, "precious");
  const told = { code: "output_exists", field: "path", value: there };
  await expect(video().save(there, HOW)).rejects.toMatchObject(told);
  await expect(video().save(there, HOW)).rejects.toThrow(/overwrite: true/);
  expect(await readFile(there, "utf8")).toBe("precious");
  expect(await requests()).toBe(0);
  await video().save(there, { ...HOW, overwrite: true });
  expect((await readFile(there)).length).toBe(300_000);
  await mkdir(join(folder, "sub.mp4"));
  const inside = await video().save(join(folder, "sub.mp4"), { ...HOW, overwrite: true });
  expect(inside).toBe(join(folder, "sub.mp4", "koi-pond.mp4"));
  await mkdir(join(folder, "other.mp4"));
  const other = video().save(join(folder, "other"), { ...HOW, overwrite: true });
  await expect(other).rejects.toMatchObject({ code: "output_exists" });
});

test("a link is never written through", async () => {
  const outside = join(folder, "outside");
  await writeFile(outside, "precious");
  const link = join(folder, "link.mp4");
  await symlink(outside, link);
  await expect(video().save(link, HOW)).rejects.toMatchObject({ code: "output_exists" });
  await video().save(link, { ...HOW, overwrite: true });
  expect(await readFile(outside, "utf8")).toBe("precious");
  expect((await readFile(link)).length).toBe(300_000);
});

test("what came there in the meantime stays", async () => {
  await emulator.fault("file", "503:1");
  const target = join(folder, "x.mp4");
  const saving = new Video({ url, ownOrigin: emulator.origin }).save(target, HOW);
  setTimeout(() => writeFile(target, "precious"), 200);
  await expect(saving).rejects.toMatchObject({ code: "output_exists" });
  expect(await readFile(target, "utf8")).toBe("precious");
  expect(await readdir(folder)).toEqual(["x.mp4"]);
});

test.each([
  ["", /a file or a folder/],
  ["  ", /a file or a folder/],
  ["a\0b", /a file or a folder/],
  [5, /a file or a folder/],
  ["no/such/folder/x.mp4", /a folder that exists/],
  ["no-such-folder/", /no folder .*no-such-folder/],
  ["~/no-such-folder-here/x.mp4", /no folder .*no-such-folder-here/],
  ["x".repeat(300), /too long/],
  ["x".repeat(254), /too long/],
  ["file/x.mp4", /no folder/],
])("a path that cannot be used is named: %o", async (path, words) => {
  await writeFile(join(folder, "file"), "x");
  const isPlain = typeof path === "string" && /^[^~ ]/.test(path) && !path.includes("\0");
  const saving = video().save((isPlain ? `${folder}/${path}` : path) as string, HOW);
  await expect(saving).rejects.toMatchObject({ code: "invalid_request", field: "path" });
  await expect(saving).rejects.toThrow(words);
  expect(await readdir(folder)).toEqual(["file"]);
  expect(await requests()).toBe(0);
});

test("nothing stays of what could not be had, or is not whole", async () => {
  await emulator.set({ file_size: null });
  for (const [fault, code] of [
    ["404", "result_expired"],
    ["html", "invalid_video"],
    ["short-length", "invalid_video"],
  ] as const) {
    await emulator.fault("file", fault);
    await expect(video().save(join(folder, "x.mp4"), HOW)).rejects.toMatchObject({ code });
    expect(await readdir(folder)).toEqual([]);
  }
});

test("a file that comes anew, and shorter, has nothing of the first one", async () => {
  await emulator.fault("file", "cut:250000");
  const saving = new Video({ url, ownOrigin: emulator.origin }).save(folder, HOW);
  setTimeout(() => emulator.set({ file_size: 100_000 }), 200);
  const data = await readFile(await saving);
  expect(data.equals(Buffer.from(await (await fetch(url)).arrayBuffer()))).toBe(true);
  expect(data.length).toBe(100_000);
});

test("a signal ends it and nothing stays", async () => {
  await emulator.fault("file", "cut:1000");
  await emulator.fault("file", "timeout");
  const stop = new AbortController();
  const saving = video().save(join(folder, "x.mp4"), { ...HOW, signal: stop.signal });
  setTimeout(() => stop.abort("enough"), 1000);
  await expect(saving).rejects.toMatchObject({ code: "aborted", cause: "enough" });
  expect(await readdir(folder)).toEqual([]);
});
