import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InvalidRequestError, LLMKitError } from "../../errors.ts";
import { type RequestFields, VideoGenerationRequest } from "../../request.ts";
import { Secret } from "../../secret.ts";
import { vectors } from "../../testing.ts";
import { type Body, build, checkOptions, checkStrict } from "./bodies.ts";
import { Manners } from "./manners.ts";
import { DiffusionRouterProvider } from "./provider.ts";
import { readRecord } from "./records.ts";

interface Case {
  name: string;
  expected: unknown;
}
type Asked = { prompt: string } & RequestFields;

function requestOf({ prompt, ...fields }: Asked): VideoGenerationRequest {
  return new VideoGenerationRequest(prompt, fields);
}

function told(error: unknown): unknown {
  if (!(error instanceof LLMKitError)) throw error;
  const values = { class: error.name, code: error.code };
  return {
    error: error instanceof InvalidRequestError ? { ...values, field: error.field } : values,
  };
}

/** JSON in a text has blanks in Python. */
function normal(fields: unknown): unknown {
  return JSON.parse(JSON.stringify(fields), (_, value) =>
    typeof value === "string" && /^[{[]/.test(value) ? JSON.parse(value) : value,
  );
}

async function shown({ form, content }: Body): Promise<unknown> {
  if (typeof content === "string") return { form, fields: JSON.parse(content) };
  const fields: Record<string, unknown> = {};
  for (const [name, value] of content) {
    fields[name] =
      typeof value === "string" ? value : `${value.name}, ${value.type}, ${value.size} bytes`;
  }
  return { form, fields };
}

interface BodyCase extends Case {
  request: Asked;
  manners?: Record<string, unknown>;
}

describe("what is sent", async () => {
  test.each(await vectors<BodyCase>("videos_bodies"))("$name", async (given) => {
    const { form, refused, strict, synchronous, size_in_two, seconds_as_number } =
      given.manners ?? {};
    const manners = Object.assign(new Manners(), {
      form: form ?? "json",
      refused,
      strict,
      synchronous,
      sizeInTwo: size_in_two,
      secondsAsNumber: seconds_as_number,
    });
    let found: unknown;
    try {
      const request = requestOf(given.request);
      checkOptions(request);
      if (manners.strict) checkStrict(request, "http://gpu:1", true);
      found = await shown(build(request, manners));
    } catch (error) {
      found = told(error);
    }
    expect(normal(found)).toEqual(normal(given.expected));
  });
});

describe("what is read of a job", async () => {
  test.each(await vectors<Case & { body: unknown }>("videos_records"))("$name", (given) => {
    const found = readRecord(given.body);
    const kept = found && JSON.parse(JSON.stringify(found));
    expect(kept ?? null).toEqual(given.expected);
  });
});

interface ErrorCase extends Case {
  status: number;
  body?: unknown;
  text?: string;
  request?: Partial<Asked>;
  proven?: boolean;
  key?: string;
}

describe("what a refusal becomes", async () => {
  let server: Server;
  let answer: [status: number, body: string] = [200, ""];
  beforeAll(async () => {
    server = createServer(async (request, response) => {
      for await (const _ of request);
      response.writeHead(answer[0], { "Content-Type": "application/json" }).end(answer[1]);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => server.close());

  test.each(await vectors<ErrorCase>("videos_errors"))("$name", async (given) => {
    // What is learned of a server is remembered by its address.
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${encodeURI(given.name)}`;
    const key = given.key === undefined ? undefined : new Secret(given.key);
    const provider = new DiffusionRouterProvider(url, key);
    const request = requestOf({ prompt: "A cat", model: "wan", duration: 1, ...given.request });
    const submission = { taskId: "ours", request, seedIsChosen: false };
    if (given.proven) {
      answer = [200, '{"id":"first","status":"queued"}'];
      await provider.submit([submission]);
    }
    answer = [given.status, given.text ?? JSON.stringify(given.body)];
    const said = (await provider.submit([submission])).get("ours");
    const found = said && "taskId" in said && !(said instanceof LLMKitError);
    expect(found ? { id: said.taskId } : told(said)).toEqual(given.expected);
  });
});
