import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { beforeEach, describe, expect, test } from "vitest";
import {
  emulator,
  failure,
  ordered,
  paidOnce,
  restart,
  SMALL,
  saying,
  useEmulator,
  wordy,
} from "./testing.ts";

useEmulator();

describe("a server that answers with the finished video", () => {
  beforeEach(() => emulator.set({ dialect: "dynamo", seconds: 1 }));

  test("a prompt becomes a video", async () => {
    const job = await emulator.router().submitVideo(SMALL.with_option("num_inference_steps", 4));
    expect([job.phase, (await job.poll()).status]).toEqual(["generating", "processing"]);
    const response = await job.result();
    expect(response).toMatchObject({ status: "completed", video_url: undefined, duration: 1 });
    expect(String.fromCharCode(...(response.video_bytes ?? []).slice(4, 8))).toBe("ftyp");
    const [{ fields } = { fields: {} }] = await ordered();
    expect(fields).toEqual({
      prompt: "A cat on a wall",
      model: "Wan-AI/Wan2.1-T2V-1.3B-Diffusers",
      seconds: 1,
      size: "256x256",
      response_format: "b64_json",
      nvext: { fps: 16, num_frames: 17, seed: response.seed, num_inference_steps: 4 },
    });
    expect((await emulator.stats()).requests).toEqual({ models: 2, submit: 1 });
    await paidOnce();
  });

  test("a video that nobody has seen yet is kept, there being no other", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const client = emulator.router();
    const { task_id: id = "" } = await client.generateVideo(SMALL, { wait: false });
    let response = await client.pollVideo(id);
    while (response.phase !== "done") {
      await new Promise((resolve) => setTimeout(resolve, 700));
      collect();
      response = await client.pollVideo(id);
    }
    expect(response.status).toBe("completed");
    expect((await response.bytes()).length).toBe(response.size);
    // Whoever has it has the only one.
    (response as unknown) = undefined;
    for (let times = 0; times < 3; times += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      collect();
    }
    const again = await client.pollVideo(id);
    expect(again.error?.message).toContain("its video was given already");
  });

  test("four at once", async () => {
    const ends = await emulator.router().generateVideo(SMALL, { count: 6 });
    expect(ends.map(({ status }) => status)).toEqual(Array(6).fill("completed"));
    expect((await emulator.stats()).most_in_flight.api).toBe(4);
    await paidOnce(6);
  });

  test("a failure comes under a good status", async () => {
    const error = await failure(emulator.router().generateVideo(wordy("fail=oom seconds=0.7")));
    expect(error.message).toContain("made no video: The generation failed (oom)");
    await paidOnce();
  });

  test("what is refused at once is told at once", async () => {
    await emulator.fault("submit", "400", { code: "size is not possible" });
    const error = await failure(emulator.router().submitVideo(SMALL));
    expect(error.message).toContain("size is '256x256'");
    await paidOnce(0);
  });

  test("a connection that breaks takes the video along", async () => {
    const job = await emulator.router().submitVideo(wordy("seconds=60"));
    const other = emulator.router();
    // Of another process nobody has the connection.
    expect((await other.pollVideo(job.taskId)).error?.code).toBe("job_lost");
    const ended = failure(job.result());
    await emulator.stop();
    const error = await ended;
    expect(error.name).toBe("JobLostError");
    expect(error.message).toContain("nobody can have its video");
    await restart();
  });

  test("cancelling closes the connection and says what that means", async () => {
    const job = await emulator.router().submitVideo(wordy("seconds=60"));
    expect(await job.cancel()).toBe(true);
    expect(job.error?.name).toBe("JobCancelledError");
    expect(job.error?.message).toContain("may go on computing");
  });

  test("one that was not thought to", async () => {
    await emulator.fault("models", "503", { times: -1 });
    const request = SMALL.with_model("Wan-AI/Wan2.1-T2V-1.3B-Diffusers");
    const response = await emulator.router().generateVideo(request);
    expect([response.status, response.video_bytes?.length]).toEqual([
      "completed",
      expect.any(Number),
    ]);
    await paidOnce();
  });

  test.each([0, 700])("one that was thought to, and queues it (%s ms)", async (wait) => {
    await emulator.set({ dialect: "sglang", latency: wait / 1000 });
    await emulator.set({ hosted: [{ id: "the-model", owned_by: "nvidia" }] });
    // Two addresses: what is learned of one is remembered.
    const baseUrl = wait ? emulator.origin : emulator.origin.replace("127.0.0.1", "localhost");
    const response = await emulator.router({ baseUrl }).generateVideo(SMALL);
    expect(response.status).toBe("completed");
    await paidOnce();
  });

  test.each([
    [
      "an address of its own disk",
      { data: [{ url: "file:///videos/v.mp4" }] },
      "media_output_http_url",
    ],
    ["broken base64", { data: [{ b64_json: "no base64!" }] }, "broken base64"],
  ])("%s", async (_, more, words) => {
    const models = { data: [{ id: "wan", owned_by: "nvidia" }] };
    const done = { id: "x", object: "video", status: "completed", ...more };
    await saying(
      (method) => [200, method === "POST" ? done : models],
      async (baseUrl) => {
        const error = await failure(emulator.router({ baseUrl }).generateVideo(SMALL));
        expect(error.name).toBe("InvalidVideoError");
        expect(error.message).toContain(words);
      },
    );
  });
});
