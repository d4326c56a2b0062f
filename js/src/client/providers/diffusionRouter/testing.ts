// What the tests of servers that speak `/v1/videos` share.
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import {
  type LLMKitClient,
  LLMKitError,
  VideoGenerationRequest,
  type VideoGenerationResponse,
} from "../../index.ts";
import { Emulator } from "../../testing.ts";

/** The server of a file's tests, as good as new for each. */
export let emulator: Emulator;

export function useEmulator(): void {
  beforeAll(restart);
  afterAll(() => emulator.stop());
  beforeEach(() => emulator.reset({ seconds: 0 }));
}

export async function restart(): Promise<void> {
  emulator = await Emulator.start({ seconds: 0 });
}

export const SMALL = new VideoGenerationRequest("A cat on a wall", { duration: 1 })
  .with_width(256)
  .with_height(256);
export const wordy = (words: string) =>
  new VideoGenerationRequest(`A cat [emulator: ${words}]`, { duration: 1 });
export const MODELS: Record<string, string> = {
  openai: "open-video-1",
  "vllm-omni": "Wan-AI/Wan2.2-T2V-A14B-Diffusers",
  sglang: "FastVideo/FastWan2.1-T2V-1.3B-Diffusers",
};

/** Generate a video, asked for at once instead of after the usual wait. */
export async function make(
  client: LLMKitClient,
  request = SMALL,
): Promise<VideoGenerationResponse> {
  const job = await client.submitVideo(request);
  await job.poll();
  return await job.result();
}

export async function failure(work: Promise<unknown>): Promise<LLMKitError> {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof LLMKitError)) throw error ?? new Error("nothing failed");
  return error;
}

export async function asked(kind: string): Promise<number> {
  return (await emulator.stats()).requests[kind] ?? 0;
}

/** What the jobs were ordered with. */
export async function ordered(): Promise<{ form: string; fields: Record<string, unknown> }[]> {
  const answer = await fetch(`${emulator.origin}/__emulator__/ledger`);
  const rows = (await answer.json()) as { request: never }[];
  return rows.map(({ request }) => request);
}

/** Every job was sent and charged once. */
export async function paidOnce(jobs = 1): Promise<void> {
  expect(Object.values(await emulator.charged())).toEqual(Array(jobs).fill(1));
}

/** Work with a server that answers what a function makes of the method, path and body. */
export async function saying(
  say: (method: string, path: string, body: string) => [status: number, body: unknown],
  work: (url: string) => Promise<void>,
): Promise<void> {
  await serving(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    const [status, told] = say(request.method ?? "", request.url ?? "", body);
    const kind = typeof told === "string" ? "text/html" : "application/json";
    response.writeHead(status, { "Content-Type": kind });
    response.end(typeof told === "string" ? told : JSON.stringify(told));
  }, work);
}

export async function serving(
  answer: RequestListener,
  work: (url: string) => Promise<void>,
): Promise<void> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
