// Bundles every widget of src/widgets into llmkit_jupyter/static: one module and one style sheet each.
import { readdir, rm } from "node:fs/promises";
import { context } from "esbuild";

const here = new URL(".", import.meta.url);
const out = new URL("../llmkit_jupyter/static/", here);
const names = (await readdir(new URL("src/widgets/", here)))
  .filter((name) => name.endsWith(".tsx") && !name.endsWith(".test.tsx"))
  .map((name) => name.replace(/\.tsx$/, ""));

// What an earlier build left must not end up in the package.
await rm(out, { recursive: true, force: true });

const build = await context({
  absWorkingDir: here.pathname,
  entryPoints: names.map((name) => ({ in: `src/widgets/${name}.tsx`, out: name })),
  outdir: out.pathname,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  logLevel: "info",
});

if (process.argv.includes("--watch")) {
  await build.watch();
} else {
  await build.rebuild();
  await build.dispose();
}
