// Builds the npm package `llmkit-jupyter` of src/client into js/dist: the client, the parts that it
// loads when they are used (a provider, the video, the notebook), and the types.
import { execFileSync } from "node:child_process";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { build } from "esbuild";

const here = new URL(".", import.meta.url);
const out = new URL("dist/", here);
const source = new URL("src/client/", here);

await rm(out, { recursive: true, force: true });
await mkdir(out);
await build({
  absWorkingDir: here.pathname,
  entryPoints: ["src/client/index.ts"],
  outdir: out.pathname,
  chunkNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  minify: true,
  format: "esm",
  platform: "neutral",
  external: ["node:*"],
  target: "es2022",
  legalComments: "none",
});
const compiler = new URL("node_modules/typescript/bin/tsc", here).pathname;
const types = ["--declaration", "--emitDeclarationOnly", "--noEmit", "false"];
const where = ["-p", source.pathname, "--outDir", new URL("types/", out).pathname];
execFileSync(process.execPath, [compiler, ...types, ...where], { stdio: "inherit" });
for (const name of await readdir(new URL("types/", out), { recursive: true })) {
  if (/test(ing)?\.d\.ts$/.test(name)) await rm(new URL(`types/${name}`, out));
}

// The two packages of this repository have one version.
const project = await readFile(new URL("../pyproject.toml", here), "utf8");
const manifest = JSON.parse(await readFile(new URL("package.json", source), "utf8"));
manifest.version = project.match(/^version = "(.+)"$/m)?.[1] ?? manifest.version;
await writeFile(new URL("package.json", out), `${JSON.stringify(manifest, null, 2)}\n`);
await copyFile(new URL("../LICENSE", here), new URL("LICENSE", out));
await copyFile(new URL("README.md", here), new URL("README.md", out));
