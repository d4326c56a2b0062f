// The emulated service for tests: the same process as in the Python tests, over real HTTP.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LLMKitClient } from "./client.ts";
import { LLMKitError } from "./errors.ts";
import type { ClientOptions } from "./settings.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** The test vectors that both languages read. */
export async function vectors<T>(name: string): Promise<T[]> {
  const text = await readFile(join(ROOT, "tests", "vectors", `${name}.json`), "utf8");
  return (JSON.parse(text) as { cases: T[] }).cases;
}

export interface Stats {
  requests: Record<string, number>;
  jobs: Record<string, { accepted_at: number; finished_at: number }>;
  most_in_flight: Record<string, number>;
  bytes_sent: number;
}

export class Emulator {
  readonly origin: string;
  readonly folder: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, origin: string, folder: string) {
    this.#process = process;
    this.origin = origin;
    this.folder = folder;
  }

  /** Start one; for the options see tests/emulator/options.py. */
  static async start(options: Record<string, unknown> = {}): Promise<Emulator> {
    const folder = await mkdtemp(join(tmpdir(), "emulator-"));
    const asked = ["-m", "tests.emulator", "--child", "--port", "0", "--folder", folder];
    const child = spawn(
      process.env.PYTHON ?? "python",
      [...asked, "--options", JSON.stringify(options)],
      { cwd: ROOT, stdio: ["pipe", "pipe", "inherit"] },
    );
    const line = await new Promise<string>((resolve, reject) => {
      child.stdout?.once("data", (data) => resolve(String(data)));
      child.once("error", reject);
      child.once("exit", () => reject(new Error("the emulator did not start")));
    });
    return new Emulator(child, (JSON.parse(line) as { origin: string }).origin, folder);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill();
    await ended;
    await rm(this.folder, { recursive: true, force: true });
  }

  get url(): string {
    return `${this.origin}/v1`;
  }

  /** A client of its Runware; every warning is kept in `said`. */
  client(options: ClientOptions = {}, said: string[] = []): LLMKitClient {
    return new LLMKitClient({
      provider: "runware",
      apiKey: "emulator-key-0123456789",
      baseUrl: this.url,
      warn: (message) => said.push(message),
      ...options,
    });
  }

  /** A client of its `/v1/videos`. */
  router(options: ClientOptions = {}): LLMKitClient {
    return new LLMKitClient({ baseUrl: this.origin, ...options });
  }

  async set(options: Record<string, unknown>): Promise<void> {
    await this.#call("options", options);
  }
  async fault(kind: string, what: string, more: Record<string, unknown> = {}): Promise<void> {
    await this.#call("fault", { kind, what, times: 1, after: 0, ...more });
  }
  async finish(...ids: string[]): Promise<void> {
    await this.#call("finish", { ids });
  }
  async forget(ids: string[], how = "all"): Promise<void> {
    await this.#call("forget", { ids, how });
  }
  async reset(options: Record<string, unknown> = {}): Promise<void> {
    await this.#call("reset", { options });
  }
  async stats(): Promise<Stats> {
    return (await this.#call("stats")) as Stats;
  }
  /** What was charged: how often, by task id. */
  async charged(): Promise<Record<string, number>> {
    const rows = (await this.#call("ledger")) as { task_id: string; times_charged: number }[];
    return Object.fromEntries(rows.map((row) => [row.task_id, row.times_charged]));
  }

  async #call(name: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${this.origin}/__emulator__/${name}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { "Content-Type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
    return await answer.json();
  }
}

/** A value of a vector, with the numbers that JSON cannot write. */
export function real(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(real);
  if (typeof value !== "object" || value === null) return value;
  const { number, ...rest } = value as { number?: string };
  if (number !== undefined && !Object.keys(rest).length) {
    return Number(number.replace("inf", "Infinity"));
  }
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, real(each)]));
}

/** What comes of it, as a vector tells of it, and the message where that is an error. */
export function outcome(work: () => unknown): [unknown, string] {
  try {
    return [work(), ""];
  } catch (error) {
    if (!(error instanceof LLMKitError)) throw error;
    const { name, code, message, field } = error as LLMKitError & { field?: string };
    return [{ error: { class: name, code, ...(field && { field }) } }, message];
  }
}

/** Have a video made by the emulated service, and give its address. */
export async function videoUrl(emulator: Emulator, words = "A koi pond"): Promise<string> {
  const taskUUID = crypto.randomUUID();
  const ask = async (task: Record<string, unknown>) => {
    const answer = await fetch(emulator.url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: "Bearer a-key" },
      body: JSON.stringify([{ taskUUID, ...task }]),
    });
    const { data = [] } = (await answer.json()) as { data?: { videoURL?: string }[] };
    return data.find((item) => item.videoURL)?.videoURL;
  };
  const wanted = { model: "klingai:6@1", duration: 5, width: 1280, height: 720 };
  await ask({
    taskType: "videoInference",
    positivePrompt: words,
    deliveryMethod: "async",
    ...wanted,
  });
  for (let tries = 0; tries < 20; tries += 1) {
    const url = await ask({ taskType: "getResponse" });
    if (url) return url;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("the emulated service made no video");
}
