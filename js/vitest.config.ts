import { defineConfig } from "vitest/config";

export default defineConfig({
  oxc: { jsx: { importSource: "preact", runtime: "automatic" } },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
});
