import { expect, it, vi } from "vitest";

import { Desk } from "./desk";
import { Picture } from "./picture";
import { aStudio } from "./testing";

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0];

function aFile(name = "koi.png", bytes = PNG): File {
  return new File([new Uint8Array(bytes)], name);
}

function aPicture(image: string | null = null) {
  const model = aStudio({ image });
  const desk = new Desk(model);
  const picture: Picture = new Picture(desk, () => picture.settle());
  desk.open(() => picture.settle());
  desk.onMessage((told) => picture.hear(told));
  const arrive = () =>
    model.tell({ kind: "uploaded", id: picture.upload?.id, received: PNG.length });
  return { model, desk, picture, arrive };
}

it("shows a file from the moment it is chosen", async () => {
  const { model, picture, arrive } = aPicture();
  await picture.take(aFile());
  await vi.waitFor(() => expect(model.sentOf("upload")).toHaveLength(1));
  expect(picture).toMatchObject({ uploading: true, share: 0, name: "koi.png", trouble: "" });
  const { shown } = picture;
  expect(shown).toMatch(/^blob:/);
  model.change("image", "/home/inputs/koi.png");
  arrive();
  expect(picture).toMatchObject({ uploading: false, share: 1, shown });
});

it.each([
  ["before its word", true],
  ["after its word", false],
])("knows the kernel's place for the file, told %s", async (_when, before) => {
  const { model, picture, arrive } = aPicture("/home/old.png");
  await picture.take(aFile());
  if (before) model.change("image", "/home/koi.png");
  arrive();
  if (!before) model.change("image", "/home/koi.png");
  picture.settle();
  expect(picture.shown).toMatch(/^blob:/);
  // From here on another picture is another picture.
  model.change("image", "/home/else.png");
  expect(picture.shown).toBe("");
});

it("gives back what it holds", async () => {
  const revoke = vi.spyOn(URL, "revokeObjectURL");
  const { picture } = aPicture();
  await picture.take(aFile());
  const { shown } = picture;
  await picture.take(aFile("two.png"));
  expect(revoke).toHaveBeenLastCalledWith(shown);
  const second = picture.shown;
  picture.close();
  expect(revoke).toHaveBeenLastCalledWith(second);
  revoke.mockRestore();
});

it("sends nothing that is no picture, and keeps the picture before it", async () => {
  const { model, picture } = aPicture("/home/old.png");
  await picture.take(aFile("cat.gif", [...new TextEncoder().encode("GIF89a")]));
  expect(picture.trouble).toBe("cat.gif is no PNG, JPEG or WebP picture.");
  expect(model.sent).toEqual([]);
  expect(model.get("image")).toBe("/home/old.png");
});

it("takes the last of two files that are chosen quickly", async () => {
  const { picture } = aPicture();
  const slow = aFile("one.png");
  const slice = slow.slice.bind(slow);
  slow.slice = (...range) => {
    const part = slice(...range);
    const bytes = part.arrayBuffer();
    part.arrayBuffer = () => new Promise((done) => setTimeout(() => done(bytes), 20));
    return part;
  };
  const first = picture.take(slow);
  const second = picture.take(aFile("two.png"));
  await Promise.all([first, second]);
  expect(picture.name).toBe("two.png");
});

it("is removed here and in the form", async () => {
  const { model, picture, arrive } = aPicture();
  await picture.take(aFile());
  model.change("image", "/home/koi.png");
  arrive();
  picture.remove();
  expect(model.get("image")).toBeNull();
  expect(picture).toMatchObject({ shown: "", uploading: false, trouble: "" });
});

it("loads nothing from an address", () => {
  expect(aPicture("https://example.com/koi.png").picture.shown).toBe("");
  expect(aPicture("data:text/html;base64,PGI+").picture.shown).toBe("");
  expect(aPicture("data:image/png;base64,AAAA").picture.shown).toBe("data:image/png;base64,AAAA");
});

it("says why the kernel does not take it", async () => {
  const { model, picture } = aPicture();
  await picture.take(aFile());
  model.tell({ kind: "refused", request: picture.upload?.id, message: "The disk is full." });
  expect(picture).toMatchObject({ trouble: "The disk is full.", uploading: false, shown: "" });
});
