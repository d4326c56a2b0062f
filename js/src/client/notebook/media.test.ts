// Where a video goes, and its picture: on a disk, with what stands there already.
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { InvalidRequestError, OutputExistsError, ResultExpiredError } from "../errors.ts";
import { type ResponseFields, type VideoFile, VideoGenerationResponse } from "../response.ts";
import { videoBundle } from "./bundles.ts";
import { place } from "./media.ts";

const { PATH, TMPDIR } = process.env;
const ROOT = tmpdir();
let folder = "";
let number = 0;

beforeEach(async () => {
  folder = await mkdtemp(join(ROOT, "notebook-"));
  process.chdir(folder);
  [process.env.PATH, process.env.TMPDIR] = [folder, folder];
});

afterEach(async () => {
  process.env.PATH = PATH;
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  process.chdir(ROOT);
  await rm(folder, { recursive: true });
});

/** A finished video of that many bytes, which can be had unless there is an error. */
function video(size: number, errors: { bytes?: Error; save?: Error } = {}, told = size) {
  const data = new Uint8Array(size);
  const file: VideoFile = {
    known: undefined,
    bytes: async () => {
      if (errors.bytes) throw errors.bytes;
      return data;
    },
    save: async (target = "") => {
      if (errors.save) throw errors.save;
      await writeFile(target, data, { flag: "wx" }).catch(() => {
        throw new OutputExistsError("path", target, "another one");
      });
      return target;
    },
  };
  number += 1;
  const fields = { status: "completed", task_id: `id ${number}<>`, format: "mp4", size: told };
  return new VideoGenerationResponse(
    { ...fields, width: 640, height: 360 } as ResponseFields,
    file,
  );
}

const beside = (name: string) => `./llmkit_media/${name}`;

test("a small one is embedded, a larger one lies beside the notebook", async () => {
  expect((await place(video(3))).url).toBe("data:video/mp4;base64,AAAA");
  const large = await place(video(1_000_001));
  expect(large).toMatchObject({
    url: beside(`id${number}.mp4`),
    remark: `in llmkit_media/id${number}.mp4`,
  });
  expect((await readFile(`llmkit_media/id${number}.mp4`)).length).toBe(1_000_001);
});

test("shown again, a large one is not written twice", async () => {
  const large = video(2_000_000);
  expect(await place(large)).toEqual(await place(large));
  expect(await readdir("llmkit_media")).toHaveLength(1);
});

test("another file and a link of its name are never touched or shown", async () => {
  const large = video(2_000_000);
  await place(video(1_000_001)); // makes the folder
  await writeFile(`llmkit_media/id${number - 1}.mp4`, "other");
  await symlink("/etc/hostname", `llmkit_media/id${number - 1}-2.mp4`);
  expect((await place(large)).url).toBe(beside(`id${number - 1}-3.mp4`));
  expect(await readFile(`llmkit_media/id${number - 1}.mp4`, "utf8")).toBe("other");
});

test("where nothing can be written it is embedded, or told how to have it", async () => {
  const save = new InvalidRequestError("path", "llmkit_media", "a folder that can be written");
  expect((await place(video(2_000_000, { save }))).url).toMatch(/^data:/);
  const placed = await place(video(8_000_001, { save }));
  expect(placed.url).toBeUndefined();
  expect(placed.remark).toMatch(/^Too large .* \(8\.0 MB\); response\.save\(\) /);
  await rm("llmkit_media", { recursive: true });
  await writeFile("llmkit_media", "a file");
  expect((await place(video(2_000_000))).url).toMatch(/^data:/);
});

test("one that nobody has measured goes into a file, not where a link leads", async () => {
  await place(video(1_000_001)); // makes the folder
  await symlink("/etc/hostname", `llmkit_media/id${number + 1}.mp4`);
  expect((await place(video(10, {}, 0))).url).toBe(beside(`id${number}-2.mp4`));
});

test("one that cannot be had says why, and its facts stand there all the same", async () => {
  const gone = new ResultExpiredError("Runware has it no longer.");
  for (const size of [10, 2_000_000, 9_000_000]) {
    const bundle = await videoBundle(video(size, { bytes: gone, save: gone }));
    expect(bundle["text/html"]).toContain("could not be read: Runware has it no longer.");
    expect(bundle["text/html"]).toContain("640\u00d7360");
    expect(bundle["text/html"]).not.toContain("<video");
  }
});

test("the picture is the best one that is small enough", async () => {
  const script = `#!/bin/sh
echo "$*" >> ${folder}/log
case "$*" in
  *"-q:v 12"*) printf 'a picture';;
  *) /usr/bin/head -c 28001 /dev/zero;;
esac`;
  await writeFile("ffmpeg", script, { mode: 0o755 });
  const response = video(10);
  const bundle = await videoBundle(response);
  expect(bundle["image/jpeg"]).toBe(Buffer.from("a picture").toString("base64"));
  expect(bundle["text/html"]).toContain(`poster="data:image/jpeg;base64,${bundle["image/jpeg"]}"`);
  const tries = (await readFile("log", "utf8")).trim().split("\n");
  expect(tries.map((args) => args.match(/-q:v (\d+)/)?.[1])).toEqual(["4", "7", "12"]);
  for (const args of tries) expect(args).toMatch(/-protocol_whitelist file -f mov/);
  expect(await videoBundle(response)).toEqual(bundle); // made once
  expect((await readFile("log", "utf8")).trim().split("\n")).toHaveLength(3);
});

test.each([
  ["there is none", undefined],
  ["it fails", "#!/bin/sh\nexit 1"],
  ["it shows nothing", "#!/bin/sh\nexit 0"],
  ["no picture is small enough", "#!/bin/sh\n/usr/bin/head -c 30000 /dev/zero"],
])("a video is shown without its picture where of ffmpeg %s", async (_, script) => {
  if (script) await writeFile("ffmpeg", script, { mode: 0o755 });
  const bundle = await videoBundle(video(10));
  expect(bundle["text/html"]).toContain("<video src=");
  expect(bundle["image/jpeg"]).toBeUndefined();
  expect(await readdir(folder)).toEqual(script ? ["ffmpeg"] : []); // nothing temporary is left
});

test("what a session embeds is limited, and shown again it is counted once", async () => {
  const embedded: VideoGenerationResponse[] = [];
  const inside = async (each: VideoGenerationResponse) =>
    !!(await place(each)).url?.startsWith("data:");
  for (let many = 0; many < 12; many += 1) {
    const each = video(900_000);
    if (await inside(each)) embedded.push(each);
  }
  expect(embedded.length).toBeGreaterThan(2);
  expect(embedded.length).toBeLessThan(12);
  for (const each of embedded) expect(await inside(each)).toBe(true);
});
