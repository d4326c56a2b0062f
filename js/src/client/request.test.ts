import { expect, test } from "vitest";
import { Emulator } from "./testing.ts";

test("the emulator answers", async () => {
  const emulator = await Emulator.start();
  try {
    const stats = await emulator.stats();
    expect(Object.keys(stats)).toContain("requests");
    expect(await emulator.charged()).toEqual({});
  } finally {
    await emulator.stop();
  }
});
