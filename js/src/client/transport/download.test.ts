import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { LLMKitError } from "../errors.ts";
import { Secret } from "../secret.ts";
import { Emulator, videoUrl } from "../testing.ts";
import { RULES, type Rules, remote } from "./download.ts";
import type { VideoSource } from "./source.ts";

const KEY = "canary-4f9a7c-0123";
const FILE = Buffer.concat([
  Buffer.from("0000001866747970", "hex"),
  Buffer.alloc(300_000, "abcdefg"),
]);
const QUICK = { pace: 0.01 };

let emulator: Emulator;
beforeAll(async () => {
  emulator = await Emulator.start({ seconds: 0, file_size: 400_000 });
});
afterAll(async () => await emulator.stop());
beforeEach(async () => await emulator.reset({ seconds: 0, file_size: 400_000 }));

interface Read {
  data: Buffer;
  restarts: number;
}

async function read(source: Partial<VideoSource>, rules: Partial<Rules> = QUICK): Promise<Read> {
  const whole = { ownOrigin: emulator.origin, key: new Secret(KEY), ...source };
  const parts: Uint8Array[] = [];
  let restarts = -1;
  for await (const { at, data } of remote(whole)({ ...RULES, ...rules })) {
    if (!at) {
      parts.length = 0;
      restarts += 1;
    }
    expect(parts.reduce((sum, part) => sum + part.length, 0)).toBe(at);
    parts.push(data);
  }
  return { data: Buffer.concat(parts), restarts };
}

async function refusalOf(
  source: Partial<VideoSource>,
  rules?: Partial<Rules>,
): Promise<LLMKitError> {
  const error = await read(source, rules).then(
    () => undefined,
    (error: LLMKitError) => error,
  );
  expect(`${error?.message} ${error?.stack} ${error?.cause}`).not.toMatch(/canary|signed/);
  return error as LLMKitError;
}

// -- the emulated service's files

async function whole(): Promise<[url: string, data: Buffer]> {
  const url = await videoUrl(emulator);
  return [url, Buffer.from(await (await fetch(url)).arrayBuffer())];
}

test.each(["cut:0.5", "cut:1", "cut:3000", "reset", "503", "429:0.01", "redirect:3"])(
  "a file comes whole in spite of %s",
  async (fault) => {
    const [url, data] = await whole();
    await emulator.fault("file", fault);
    expect((await read({ url })).data.equals(data)).toBe(true);
  },
);

test("what was cut goes on where it broke off", async () => {
  const [url, data] = await whole();
  await emulator.fault("file", "cut:100000");
  await emulator.fault("file", "cut:200000");
  const got = await read({ url });
  expect(got.data.equals(data)).toBe(true);
  expect(got.restarts).toBe(0);
});

test("a server without ranges is started anew", async () => {
  const [url, data] = await whole();
  await emulator.fault("file", "cut:100000");
  await emulator.fault("file", "no-range");
  const got = await read({ url });
  expect(got.data.equals(data)).toBe(true);
  expect(got.restarts).toBe(1);
});

test("a file that changed in between is started anew", async () => {
  const [url, data] = await whole();
  await emulator.fault("file", "cut:100000");
  await emulator.fault("file", "etag-changes");
  const got = await read({ url });
  expect(got.restarts).toBe(1);
  expect(got.data.equals(data)).toBe(false);
  expect(got.data.length).toBe(data.length);
  expect(new Set(got.data.subarray(-300_000)).size).toBe(1); // of one version
});

test("a length that promises more than there is ends where the server says that nothing follows", async () => {
  const [url, data] = await whole();
  await emulator.fault("file", "long-length");
  expect((await read({ url })).data.equals(data)).toBe(true);
  const { requests } = await emulator.stats();
  expect(requests.file).toBe(3);
});

test("another origin gets no key, and is refused where it is private", async () => {
  const [url, data] = await whole();
  await emulator.fault("file", "redirect-origin");
  expect((await refusalOf({ url })).message).toMatch(/not fetched: .*not https/);
  await emulator.fault("file", "redirect-origin");
  expect((await read({ url, allowPrivate: true })).data.equals(data)).toBe(true);
});

test.each([
  ["endless", "video_too_large", { limit: 1_000_000 }],
  ["slow:5", "network", { window: 0.3, tries: 2 }],
  ["timeout", "network", { window: 0.3, tries: 2 }],
  ["html", "invalid_video", {}],
  ["json-error", "invalid_video", {}],
  ["empty", "invalid_video", {}],
  ["gzip-bomb", "invalid_video", {}],
  ["404", "result_expired", {}],
  ["410", "result_expired", {}],
  ["403", "invalid_video", {}],
  ["401", "authentication", {}],
  ["500", "server", {}],
  ["429:0.01", "rate_limit", {}],
  ["reset", "network", {}],
])("a file that is %s ends in %s", async (fault, code, rules) => {
  const url = await videoUrl(emulator);
  await emulator.fault("file", fault, { times: -1 });
  const error = await refusalOf({ url }, { ...QUICK, ...rules });
  expect(error.code).toBe(code);
  if (fault === "gzip-bomb") expect(error.message).toMatch(/compressed/);
  if (code !== "video_too_large") expect(error.message).toContain(new URL(url).host);
});

test("an address that has expired is asked for again, once", async () => {
  await emulator.set({ stale_addresses: 1 });
  const url = await videoUrl(emulator);
  expect(url).toContain("address=1");
  let asked = 0;
  const renew = async () => {
    asked += 1;
    return `${url.split("?")[0]}?address=2`;
  };
  const { data } = await read({ url, renew });
  expect([data.length, asked]).toEqual([400_000, 1]);
  const before = (await emulator.stats()).requests.file ?? 0;
  expect((await refusalOf({ url, renew: async () => url })).code).toBe("result_expired");
  expect((await emulator.stats()).requests.file).toBe(before + 1);
  expect((await refusalOf({ url, renew: async () => undefined })).code).toBe("result_expired");
  expect((await refusalOf({})).message).toMatch(/no address/);
});

test("the server's own address goes first, and the one told is tried where that has no video", async () => {
  const [url, data] = await whole();
  const first = `${emulator.origin}/files/other.mp4`;
  expect((await read({ first, url })).data.equals(data)).toBe(true);
  expect((await read({ first: url, url: first })).data.equals(data)).toBe(true);
});

// -- a server of our own, for what the service does not do

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;
const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.closeAllConnections();
});

async function serve(handler: Handler): Promise<{ origin: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    handler(request, response, requests.length);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

/** Serves FILE, breaking off at each of some places in turn. */
function breaking(cuts: number[], tags: Record<string, string>, file = FILE): Handler {
  return (request, response, count) => {
    const start = Number(/=(\d+)/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const stop = cuts[count - 1] ?? file.length;
    const headers: Record<string, string> = { ...tags, "Content-Length": `${file.length - start}` };
    if (start) headers["Content-Range"] = `bytes ${start}-${file.length - 1}/${file.length}`;
    response.writeHead(start ? 206 : 200, headers);
    response.write(file.subarray(start, stop), () => {
      if (stop < file.length) setTimeout(() => response.destroy(), 20);
      else response.end();
    });
  };
}

test.each([
  [{ ETag: '"1"' }, '"1"'],
  [{ "Last-Modified": "Sun, 06 Nov 1994 08:49:37 GMT" }, "Sun, 06 Nov 1994 08:49:37 GMT"],
  [{ ETag: 'W/"1"' }, undefined],
  [{}, undefined],
])("with %o nothing is glued together that may not belong together", async (tags, validator) => {
  const { origin, requests } = await serve(breaking([1000], tags));
  const got = await read({ url: `${origin}/x?signed`, ownOrigin: origin });
  expect(got.data.equals(FILE)).toBe(true);
  expect(requests[1]?.headers["if-range"]).toBe(validator);
  expect(requests[1]?.headers.range).toBe(validator && "bytes=1000-");
  expect(got.restarts).toBe(validator ? 0 : 1);
});

test("new bytes start the count of tries again, and the same place again is no progress", async () => {
  const cuts = Array.from({ length: 9 }, (_, i) => (i + 1) * 1000);
  const moving = await serve(breaking(cuts, { ETag: '"1"' }));
  expect((await read({ url: moving.origin, ownOrigin: moving.origin })).data.equals(FILE)).toBe(
    true,
  );
  const stuck = await serve(breaking(Array(50).fill(1000), {}));
  const error = await refusalOf({ url: stuck.origin, ownOrigin: stuck.origin });
  expect([error.code, stuck.requests.length]).toEqual(["network", 5]);
});

test.each([
  "bytes 0-4999/5000",
  "nonsense",
  "bytes */5000",
  `bytes 1000-${FILE.length - 1}/4000`, // of another size
  `bytes 1000-${FILE.length - 1}/${FILE.length}`, // of another version
])("a part that is not the one asked for (%s) is not used", async (range) => {
  const { origin } = await serve((request, response, count) => {
    if (request.headers.range) {
      response.writeHead(206, {
        "Content-Range": range,
        ...(range.endsWith(`/${FILE.length}`) && { ETag: '"2"' }),
      });
      response.end(FILE.subarray(1000));
    } else breaking(count === 1 ? [1000] : [], { ETag: '"1"' })(request, response, 1);
  });
  const got = await read({ url: origin, ownOrigin: origin });
  expect(got.data.equals(FILE)).toBe(true);
  expect(got.restarts).toBe(1);
});

test("a refused range behind the last byte means that all is there; elsewhere it starts anew", async () => {
  for (const [told, restarts] of [
    ["bytes */1000", 0],
    ["bytes */50", 1],
  ] as const) {
    const { origin } = await serve((request, response, count) => {
      if (request.headers.range) response.writeHead(416, { "Content-Range": told }).end();
      else if (count > 1) response.end(FILE);
      else {
        response.writeHead(200, { ETag: '"1"' }); // no length
        response.write(FILE.subarray(0, 1000));
        setTimeout(() => response.destroy(), 20);
      }
    });
    const got = await read({ url: origin, ownOrigin: origin });
    expect(got.restarts).toBe(restarts);
    expect(got.data.length).toBe(restarts ? FILE.length : 1000);
  }
});

test("random cuts never make a wrong file", async () => {
  const digest = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");
  for (let round = 0; round < 8; round += 1) {
    const cuts = Array.from({ length: 3 }, () => 8 + Math.floor(Math.random() * 290_000));
    const tags = Math.random() < 0.5 ? { ETag: '"1"' } : {};
    const { origin } = await serve(breaking(cuts, tags as Record<string, string>));
    const { data } = await read({ url: origin, ownOrigin: origin });
    expect(digest(data), JSON.stringify(cuts)).toBe(digest(FILE));
  }
});

test("the key stays at its origin wherever a redirect leads", async () => {
  const cdn = await serve((request, response) => {
    if (request.url === "/back") response.writeHead(302, { Location: `${own.origin}/file` }).end();
    else response.end(FILE);
  });
  const own = await serve((request, response) => {
    if (request.url === "/file") response.end(FILE);
    else response.writeHead(307, { Location: `${cdn.origin}/x` }).end();
  });
  for (const url of [`${own.origin}/away`, `${cdn.origin}/back`, `${own.origin}/file`]) {
    await read({ url, ownOrigin: own.origin, allowPrivate: true });
  }
  const keys = (server: { requests: IncomingMessage[] }) =>
    server.requests.map(({ headers }) => headers.authorization);
  expect(keys(cdn)).toEqual([undefined, undefined]);
  expect(keys(own)).toEqual(Array(3).fill(`Bearer ${KEY}`));
  expect(own.requests[0]?.headers["accept-encoding"]).toBe("identity");
  await read({ url: `${own.origin}/file`, ownOrigin: own.origin, key: undefined });
  expect(keys(own)[3]).toBeUndefined();
});

test.each([
  "https://127.0.0.1:1/",
  "https://localhost:1/",
  "https://2130706433:1/",
  "https://user@example.com/",
  "file:///etc/passwd",
  "http://[",
])("a redirect to %s is not followed", async (Location) => {
  const { origin } = await serve((_, response) => response.writeHead(302, { Location }).end());
  expect((await refusalOf({ url: origin, ownOrigin: origin })).message).toMatch(/not fetched/);
});

test("redirects have an end", async () => {
  const { origin, requests } = await serve((_, response) =>
    response.writeHead(302, { Location: "/on" }).end(),
  );
  const error = await refusalOf({ url: origin, ownOrigin: origin });
  expect([error.code, requests.length]).toEqual(["invalid_video", 6]);
});

test("a key in what a server says is not repeated", async () => {
  const { origin } = await serve((_, response) => response.writeHead(403).end(`Denied: ${KEY}`));
  const error = await refusalOf({ url: origin, ownOrigin: origin });
  expect(error.message).toContain("(Denied: [key])");
});

test("how a file begins outweighs its type", async () => {
  const { origin } = await serve((_, response) =>
    response.setHeader("Content-Type", "text/html").end(FILE),
  );
  expect((await read({ url: origin, ownOrigin: origin })).data.equals(FILE)).toBe(true);
  const text = await serve((_, response) =>
    response.setHeader("Content-Type", "video/mp4").end("Sorry, no such file."),
  );
  const error = await refusalOf({ url: text.origin, ownOrigin: text.origin });
  expect(error.message).toMatch(/sent no video \(Sorry, no such file\.\)/);
});

test("everything together has an end", async () => {
  const { origin, requests } = await serve((_, response) =>
    response.writeHead(429, { "Retry-After": "100" }).end(),
  );
  const rules = { ...QUICK, patience: 50 };
  const error = await refusalOf({ url: origin, ownOrigin: origin }, rules);
  expect([error.code, error.retryAfterSeconds, requests.length]).toEqual(["rate_limit", 100, 1]);
});
