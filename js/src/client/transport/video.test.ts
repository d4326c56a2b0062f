import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { pipeline } from "node:stream/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Emulator, vectors, videoUrl } from "../testing.ts";
import type { Rules } from "./download.ts";
import { Video } from "./video.ts";

let emulator: Emulator;
let url: string;
beforeAll(async () => {
  emulator = await Emulator.start({ seconds: 0 });
});
afterAll(async () => await emulator.stop());
beforeEach(async () => {
  await emulator.reset({ seconds: 0, file_size: 3_000_000 });
  url = await videoUrl(emulator);
});

function video(rules: Partial<Rules> = {}): Video {
  return new Video({ url, ownOrigin: emulator.origin }, { pace: 0.01, ...rules });
}

const MEASURED = { format: "mp4", duration: 1, width: 96, height: 64, size: 3_000_000 };

test("a video is measured by a small part of it", async () => {
  expect(await video().measure()).toEqual(MEASURED);
  const { requests, bytes_sent } = await emulator.stats();
  expect(requests.file).toBe(1);
  expect(bytes_sent).toBeLessThan(100_000);
});

test.each(["no-range", "503", "reset", "cut:50", "redirect:2"])(
  "a video is measured in spite of %s",
  async (fault) => {
    await emulator.fault("file", fault);
    expect(await video().measure()).toEqual(MEASURED);
  },
);

test("where a server knows no ranges, no more is read than is needed", async () => {
  const small = Buffer.from(await video().bytes());
  let sent = 0;
  async function* endless(): AsyncGenerator<Buffer> {
    for (let part = small; ; part = Buffer.alloc(100_000)) {
      sent += part.length;
      yield part;
    }
  }
  const closed = new Promise<void>((resolve) => {
    const server = createServer((_, response) => {
      response.setHeader("Content-Length", 10 ** 9);
      pipeline(endless(), response).catch(() => {
        server.close();
        resolve();
      });
    });
    server.listen(0, "127.0.0.1", async () => {
      const ownOrigin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const header = await new Video({ url: `${ownOrigin}/x`, ownOrigin }).measure();
      expect(header).toEqual({ ...MEASURED, size: 10 ** 9 });
    });
  });
  await closed;
  expect(sent).toBeLessThan(50_000_000);
});

test("what is no video is not measured, and what is asked to wait is not waited for", async () => {
  await emulator.fault("file", "html");
  await expect(video().measure()).rejects.toMatchObject({ code: "invalid_video" });
  await emulator.fault("file", "429:100", { times: -1 });
  await expect(video({ pace: 1 }).measure()).rejects.toMatchObject({ code: "rate_limit" });
});

test("a look at a file ends, however slowly or long it answers", async () => {
  let asked = 0;
  const server = createServer(({ headers: { range }, url: path }, response) => {
    asked += 1;
    if (path === "/slow") {
      response.writeHead(200, { "Content-Length": 10 ** 9 });
      response.write(
        Buffer.concat([Buffer.from("\0\0\0\x18ftypisom", "latin1"), Buffer.alloc(12)]),
      );
      const more = setInterval(() => response.write(Buffer.alloc(100)), 20);
      response.once("close", () => clearInterval(more));
      return;
    }
    // Boxes without an end, each too far from the last to come along with it.
    const [from = 0, to = 0] = range?.match(/\d+/g)?.map(Number) ?? [];
    const part = Buffer.alloc(to - from + 1);
    part.writeUInt32BE(70_000, 0);
    part.write("free", 4, "latin1");
    response.writeHead(206, { "Content-Range": `bytes ${from}-${to}/${2 ** 31}` }).end(part);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const ownOrigin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const look = (path: string) =>
    new Video({ url: ownOrigin + path, ownOrigin }, { looking: 1.5 }).measure();
  const started = performance.now();
  const ended = await Promise.allSettled([look("/slow"), look("/boxes")]);
  expect(performance.now() - started).toBeLessThan(8000);
  expect(ended[0]).toMatchObject({ reason: { code: "aborted" } });
  expect(ended[1]).toMatchObject({ value: { size: 2 ** 31, duration: undefined } });
  expect(asked).toBeGreaterThan(2);
  server.closeAllConnections();
  server.close();
});

test("a signal ends the wait for a turn as well", async () => {
  await emulator.fault("file", "timeout", { times: 4 });
  const stop = new AbortController();
  const end = new AbortController();
  const to = { name: "x", format: "mp4" };
  const before = Array.from({ length: 4 }, () =>
    video().save(tmpdir(), { ...to, signal: end.signal }),
  );
  const late = video().save(tmpdir(), { ...to, signal: stop.signal });
  setTimeout(() => stop.abort(), 100);
  await expect(late).rejects.toMatchObject({ code: "aborted" });
  end.abort();
  const ended = await Promise.allSettled(before);
  for (const each of ended) expect(each).toMatchObject({ reason: { code: "aborted" } });
});

test("an index at the end is read where it is, with and without ranges", async () => {
  interface Case {
    name: string;
    file: string;
  }
  const [last] = (await vectors<Case>("containers")).filter(({ name }) => name === "index last");
  const small = Buffer.from(last?.file ?? "", "base64");
  // The pictures made long: 24 bytes of head, the pictures, the index.
  const pictures = Buffer.alloc(1_000_008, "x");
  pictures.writeUInt32BE(pictures.length, 0);
  pictures.write("mdat", 4, "latin1");
  const file = Buffer.concat([small.subarray(0, 24), pictures, small.subarray(36)]);
  for (const ranges of [true, false]) {
    const asked: (string | undefined)[] = [];
    const server = createServer(({ headers: { range } }, response) => {
      asked.push(range);
      const [from = 0, to = file.length - 1] = range?.match(/\d+/g)?.map(Number) ?? [];
      if (!range || !ranges) {
        response.setHeader("Content-Length", file.length).end(file);
        return;
      }
      const part = file.subarray(from, to + 1);
      const told = `bytes ${from}-${from + part.length - 1}/${file.length}`;
      response.writeHead(206, { "Content-Range": told, "Content-Length": part.length }).end(part);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const header = await new Video({ url: `${origin}/x`, ownOrigin: origin }).measure();
    expect(header).toEqual({
      ...MEASURED,
      duration: 5.04,
      width: 1280,
      height: 720,
      size: file.length,
    });
    expect(asked).toEqual(["bytes=0-65535", "bytes=1000032-1065567"]);
    server.closeAllConnections();
    server.close();
  }
});

test("the whole file is read once, however many ask, and kept", async () => {
  const one = video();
  expect(one.known).toBeUndefined();
  const [a, b] = await Promise.all([one.bytes(), one.bytes()]);
  expect(a).toBe(b);
  expect(one.known).toBe(a);
  expect(await one.bytes()).toBe(a);
  expect(a.length).toBe(3_000_000);
  expect((await emulator.stats()).requests.file).toBe(1);
  expect(await one.measure()).toEqual(MEASURED);
  expect((await emulator.stats()).requests.file).toBe(1);
});

test("a video that came along is not asked for", async () => {
  const bytes = await video().bytes();
  const one = new Video({ bytes, url: "file:///etc/passwd", ownOrigin: emulator.origin });
  expect(one.known).toBe(bytes);
  expect(await one.bytes()).toBe(bytes);
  expect(await one.measure()).toEqual(MEASURED);
});

test("what failed may be read again", async () => {
  const one = video();
  await emulator.fault("file", "404");
  await expect(one.bytes()).rejects.toMatchObject({ code: "result_expired" });
  await emulator.fault("file", "cut:100000");
  await emulator.fault("file", "no-range"); // so that it begins anew
  expect((await one.bytes()).length).toBe(3_000_000);
});

test("a file that is not whole is refused", async () => {
  await emulator.set({ file_size: null });
  await emulator.fault("file", "short-length", { times: -1 });
  await expect(video().bytes()).rejects.toMatchObject({ code: "invalid_video" });
});

test("a signal ends the reading, of those alone that gave it", async () => {
  await emulator.fault("file", "slow:20000");
  const one = video();
  const stop = new AbortController();
  const [mine, other] = [one.bytes(stop.signal), one.bytes()];
  setTimeout(() => stop.abort("enough"), 100);
  const told = { name: "AbortError", code: "aborted", cause: "enough" };
  await expect(mine).rejects.toMatchObject(told);
  await expect(Promise.race([other, Promise.resolve("goes on")])).resolves.toBe("goes on");
  const gone = one.bytes(AbortSignal.abort("before"));
  await expect(gone).rejects.toMatchObject({ cause: "before" });
  other.catch(() => {});

  const alone = video();
  await emulator.fault("file", "timeout");
  const again = new AbortController();
  const reading = alone.bytes(again.signal);
  setTimeout(() => again.abort(), 100);
  await expect(reading).rejects.toMatchObject({ code: "aborted" });
  expect((await alone.bytes()).length).toBe(3_000_000); // from the beginning
});

test("when nobody waits any more the connection is closed", async () => {
  let server = createServer();
  const closed = new Promise<boolean>((resolve) => {
    server = createServer((_, response) => {
      response.once("close", () => resolve(response.writableFinished));
      response.write("\0\0\0\x18ftyp");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const ownOrigin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = new AbortController();
  const reading = new Video({ url: `${ownOrigin}/x`, ownOrigin }).bytes(stop.signal);
  setTimeout(() => stop.abort(), 200);
  await expect(reading).rejects.toMatchObject({ code: "aborted" });
  expect(await closed).toBe(false);
  server.close();
});

test("a signal ends a pause between two tries", async () => {
  await emulator.fault("file", "503:60", { times: -1 });
  const stop = new AbortController();
  const reading = video({ pace: 1 }).bytes(stop.signal);
  setTimeout(() => stop.abort(), 300);
  await expect(reading).rejects.toMatchObject({ code: "aborted" });
});
