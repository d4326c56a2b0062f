import { defineConfig } from "vitest/config";

export default defineConfig({
  oxc: { jsx: { importSource: "preact", runtime: "automatic" } },
  // One document for all files: a new one takes five times as long as the tests in it. What a test
  // puts on the page it takes away or overwrites.
  test: { isolate: false, environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
});
