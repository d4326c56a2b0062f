// Builds the npm package `llmkit-jupyter` of src/client, in js/dist or the folder that is named: the
// client, the parts that it loads when they are used (a provider, the video, the notebook), and the
// types.
import { execFileSync } from "node:child_process";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = resolve(process.argv[2] ?? join(here, "dist"));
const source = join(here, "src", "client");
const emitted = join(out, ".types");

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await build({
  absWorkingDir: here,
  entryPoints: ["src/client/index.ts"],
  outdir: out,
  chunkNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  minify: true,
  // Node prints the line of an error that nobody has caught.
  lineLimit: 120,
  format: "esm",
  platform: "neutral",
  external: ["node:*"],
  target: "es2022",
  legalComments: "none",
});

const compiler = join(here, "node_modules", "typescript", "bin", "tsc");
const wanted = ["--declaration", "--emitDeclarationOnly", "--noEmit", "false"];
execFileSync(process.execPath, [compiler, "-p", source, ...wanted, "--outDir", emitted], {
  stdio: "inherit",
});
// Where they are emitted depends on what else is read, such as data outside of the folder.
const found = (await readdir(emitted, { recursive: true })).find((name) =>
  /(^|[\\/])index\.d\.ts$/.test(name),
);
const types = dirname(join(emitted, found));
const taken = new Set();
await take("index");
await rm(emitted, { recursive: true });

/** Take the types of a module and of those that it names, under names that every compiler finds. */
async function take(name) {
  if (taken.has(name)) return;
  taken.add(name);
  const file = join(out, "types", `${name}.d.ts`);
  await mkdir(dirname(file), { recursive: true });
  const text = await readFile(join(types, `${name}.d.ts`), "utf8");
  const named = /((?:from|import) ?\(?")(\.[^"]+)\.ts"/g;
  await writeFile(file, text.replace(named, '$1$2.js"'));
  for (const [, , other] of text.matchAll(named)) await take(join(dirname(name), other));
}

// The two packages of this repository have one version.
const project = await readFile(join(here, "..", "pyproject.toml"), "utf8");
const manifest = JSON.parse(await readFile(join(source, "package.json"), "utf8"));
manifest.version = project.match(/^version = "(.+)"$/m)?.[1] ?? manifest.version;
await writeFile(join(out, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
await copyFile(join(here, "..", "LICENSE"), join(out, "LICENSE"));
await copyFile(join(here, "README.md"), join(out, "README.md"));
