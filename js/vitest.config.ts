import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Most of the client's tests wait for a service, which two at once can do on one processor.
    maxWorkers: 2,
    projects: [
      {
        oxc: { jsx: { importSource: "preact", runtime: "automatic" } },
        // One document for all files: a new one takes five times as long as the tests in it. What a
        // test puts on the page it takes away or overwrites.
        test: {
          name: "widgets",
          isolate: false,
          environment: "happy-dom",
          include: ["src/**/*.test.{ts,tsx}"],
          exclude: ["src/client/**"],
        },
      },
      {
        // In Node, at the emulated service over real HTTP (testing.ts starts one a file). Loading
        // the client anew for each file takes a third of all their time; what it remembers between
        // files goes by the address of a service.
        test: {
          name: "client",
          isolate: false,
          environment: "node",
          include: ["src/client/**/*.test.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
