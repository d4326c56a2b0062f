import { describe, expect, it, vi } from "vitest";

import type { Asked } from "../shared/messages";
import { base64, MOST_BYTES, PIECE, refusal, Upload } from "./upload";

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

function aPicture(size: number, head = PNG, name = "koi.png"): File {
  const bytes = new Uint8Array(size).map((_, place) => head[place] ?? place % 251);
  return new File([bytes], name);
}

type Piece = Extract<Asked, { kind: "upload" }>;

function anUpload(file: File) {
  const sent: Piece[] = [];
  const changed = vi.fn();
  const upload = new Upload(file, (message) => sent.push(message as Piece) > 0, changed);
  const hear = async (received: number, id = upload.id) => {
    upload.hear({ kind: "uploaded", id, received });
    await new Promise((done) => setTimeout(done));
  };
  return { upload, sent, changed, hear };
}

/** As text, which is quicker to compare than a million numbers. */
function textOf(pieces: Piece[]): string {
  return pieces.map((piece) => atob(piece.data)).join("");
}

describe("before anything is sent", () => {
  it.each([
    ["PNG", PNG],
    ["JPEG", [0xff, 0xd8, 0xff, 0xe0]],
    ["WebP", [...new TextEncoder().encode("RIFF1234WEBP")]],
  ])("takes %s by its first bytes", async (_kind, head) => {
    expect(await refusal(aPicture(100, head, "anything.txt"))).toBe("");
  });

  it("refuses other files, whatever their names", async () => {
    const gif = aPicture(100, [...new TextEncoder().encode("GIF89a")], "cat.png");
    expect(await refusal(gif)).toBe("cat.png is no PNG, JPEG or WebP picture.");
    expect(await refusal(new File([], "a.png"))).toBe("a.png is empty.");
  });

  it("refuses what the services do not take", async () => {
    const large = aPicture(100);
    Object.defineProperty(large, "size", { value: MOST_BYTES + 1 });
    expect(await refusal(large)).toBe("koi.png has 20.0 MB; a picture may have up to 20 MB.");
  });
});

describe("on its way", () => {
  it("is sent piece by piece, each asked for by the one before", async () => {
    const file = aPicture(2 * PIECE + 10);
    const { upload, sent, hear } = anUpload(file);
    await upload.start();
    expect(sent).toHaveLength(1);
    await hear(PIECE);
    await hear(2 * PIECE);
    expect(sent.map(({ start }) => start)).toEqual([0, PIECE, 2 * PIECE]);
    expect(new Set(sent.map(({ id }) => id))).toEqual(new Set([upload.id]));
    expect(sent[0]).toMatchObject({ kind: "upload", name: "koi.png", total: file.size });
    const whole = base64(new Uint8Array(await file.arrayBuffer()));
    expect(textOf(sent) === atob(whole)).toBe(true);
    expect(upload.running).toBe(true);
    await hear(file.size);
    expect(upload).toMatchObject({ done: true, running: false, received: file.size });
    expect(sent).toHaveLength(3);
  });

  it("sends no piece twice, and none for another file", async () => {
    const { upload, sent, hear } = anUpload(aPicture(3 * PIECE));
    await upload.start();
    await hear(PIECE, "another");
    expect(sent).toHaveLength(1);
    await hear(PIECE);
    await hear(PIECE);
    expect(sent).toHaveLength(2);
  });

  it("ends with what the kernel says against it", async () => {
    const { upload, sent, changed, hear } = anUpload(aPicture(3 * PIECE));
    await upload.start();
    upload.hear({ kind: "refused", request: "another", message: "no" });
    expect(upload.running).toBe(true);
    upload.hear({ kind: "refused", request: upload.id, message: "The disk is full." });
    expect(upload).toMatchObject({ running: false, problem: "The disk is full." });
    expect(changed).toHaveBeenCalledOnce();
    await hear(PIECE);
    expect(sent).toHaveLength(1);
  });

  it("sends nothing more once it was stopped", async () => {
    const { upload, sent, hear } = anUpload(aPicture(3 * PIECE));
    await upload.start();
    upload.stop();
    await hear(PIECE);
    expect(sent).toHaveLength(1);
  });

  it("says when the file has gone", async () => {
    const file = aPicture(100);
    file.slice = () => {
      throw new DOMException("gone", "NotFoundError");
    };
    const { upload } = anUpload(file);
    await upload.start();
    expect(upload.problem).toBe("koi.png can no longer be read; choose it again.");
  });
});

it("writes any bytes as base64", () => {
  const bytes = new Uint8Array(20_000).map((_, place) => place % 256);
  expect(base64(bytes)).toBe(btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")));
});

it("a piece that cannot be sent is said to have lost its kernel", async () => {
  const file = new File([new Uint8Array([0x89, 0x50])], "a.png");
  let changes = 0;
  const upload = new Upload(
    file,
    () => false,
    () => {
      changes += 1;
    },
  );
  await upload.start();
  expect(upload.problem).toBe("The kernel is gone: run this cell again.");
  expect(upload.running).toBe(false);
  expect(changes).toBe(1);
});
