// What is sent to Runware, and what its answers mean: by the files that Python's tests read too.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resolve as find } from "../../catalog/aliases.ts";
import { bundled } from "../../catalog/facts.ts";
import { InvalidRequestError, LLMKitError } from "../../errors.ts";
import { type RequestFields, VideoGenerationRequest } from "../../request.ts";
import { Secret } from "../../secret.ts";
import { vectors } from "../../testing.ts";
import type { Update } from "../provider.ts";
import { notTaken, toError } from "./faults.ts";
import { RunwareProvider } from "./provider.ts";
import { videoTask } from "./tasks.ts";
import { isFinal } from "./verdict.ts";

interface Answer {
  name: string;
  status: number;
  body?: unknown;
  text?: string;
  headers?: Record<string, string>;
  expect: unknown;
}

let server: Server;
let answer: Answer;
let asked = 0;
let number = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked += 1;
    request.resume();
    response.writeHead(answer.status, answer.headers ?? {});
    response.end(answer.text ?? JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** A provider that has learned nothing yet; its service answers all questions alike. */
function provider(answers?: Answer, said: string[] = []): RunwareProvider {
  if (answers) answer = answers;
  asked = 0;
  number += 1;
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/v1/${number}`;
  return new RunwareProvider(new Secret("a-key"), url, (message) => said.push(message));
}

function told(error: LLMKitError) {
  return set({
    class: error.name,
    code: error.code,
    field: error instanceof InvalidRequestError ? error.field : undefined,
    status: error.details?.status,
    retry_after: error.retryAfterSeconds,
  });
}

function set(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

async function orError(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LLMKitError) return { error: told(error) };
    throw error;
  }
}

interface Body {
  name: string;
  request: { prompt: string } & RequestFields;
  task_id: string;
  ttl?: number;
  expect: unknown;
}

describe("a request becomes a task", async () => {
  test.for(await vectors<Body>("runware_bodies"))("$name", async (each) => {
    const { prompt, ...fields } = each.request;
    const request = new VideoGenerationRequest(prompt, fields);
    const made = await orError(async () => {
      const said: string[] = [];
      const sent = await provider(undefined, said).validate(request);
      const { note } = find(request.model ?? "runway-gen-4", request.image !== undefined);
      expect(said.includes(note ?? "")).toBe(note !== undefined && request.model !== undefined);
      const task = videoTask(each.task_id, sent, bundled(sent.model ?? ""), each.ttl);
      // As it is sent.
      return { task: JSON.parse(JSON.stringify(task)), substituted: note !== undefined };
    });
    expect(made).toEqual(each.expect);
  });
});

interface Code {
  name: string;
  code: string;
  status?: number;
  parameters?: string[];
  expect: unknown;
}

describe("a code becomes an error", async () => {
  test.for(await vectors<Code>("runware_errors"))("$name", (each) => {
    const { code, status, parameters = [] } = each;
    const fault = { code, message: "so it said", parameters, allowed: [] };
    const made = {
      error: told(toError(fault, { status })),
      final: isFinal(fault),
      passing: notTaken(fault, { status }) !== undefined,
    };
    expect(made).toEqual(each.expect);
  });
});

describe("an answer becomes an update", async () => {
  type Case = Answer & { task_id: string; archive?: boolean };
  test.for(await vectors<Case>("runware_answers"))("$name", async (each) => {
    const service = provider(each);
    const made = await orError(async () => {
      const update = each.archive
        ? await service.lookBack(each.task_id)
        : (await service.poll([each.task_id]))[0];
      expect(update?.taskId).toBe(each.task_id);
      return { update: shown(update), requests: asked };
    });
    expect(made).toEqual(each.expect);
  });
});

function shown(update: Update | undefined) {
  return set({
    state: update?.state,
    provider_status: update?.providerStatus,
    video_url: update?.videoUrl,
    seed: update?.seed,
    cost: update?.cost,
    progress: update?.progress,
    error: update?.error && told(update.error),
  });
}

describe("a submission becomes a ticket or an error", async () => {
  type Case = Answer & { task_ids: string[] };
  test.for(await vectors<Case>("runware_submissions"))("$name", async (each) => {
    const service = provider(each);
    const request = await service.validate(
      new VideoGenerationRequest("a cat", { model: "runway:1@2" }),
    );
    const jobs = each.task_ids.map((taskId) => ({ taskId, request, seedIsChosen: false }));
    const answers = [...(await service.submit(jobs))].map(([taskId, made]) => {
      if (made instanceof LLMKitError) return [taskId, { error: told(made) }];
      expect(made).toEqual({ taskId });
      return [taskId, "ticket"];
    });
    expect({ answers: Object.fromEntries(answers), requests: asked }).toEqual(each.expect);
  });
});
