// A picture that a video begins with: bytes, an address or a data: URI, as one text.
import { InvalidRequestError } from "./errors.ts";

const PICTURE =
  "a PNG, JPEG or WebP picture: its bytes, its http(s) address or a data: URI in base64";

/** A picture as the text that a request carries, after a look at what it is. */
export function picture(source: unknown): string {
  if (source instanceof Uint8Array) return `data:${pictureKind(source)};base64,${toBase64(source)}`;
  if (typeof source !== "string") throw new InvalidRequestError("image", source, PICTURE);
  const image = source.trim();
  if (/^https?:\/\/[^/\s\p{C}][^\s\p{C}]*$/iu.test(image) && URL.canParse(image)) return image;
  const binary = decoded(image);
  pictureKind(bytesOf(binary.slice(0, 12)), binary.length);
  return image;
}

/** A request's picture as a file of its kind; undefined where it is an address. */
export function imageFile(image: string): Blob | undefined {
  if (/^http/i.test(image)) return undefined;
  const data = bytesOf(decoded(image));
  return new Blob([data], { type: pictureKind(data) });
}

function decoded(uri: string): string {
  const [head = ""] = /^data:[^,]*;base64,/i.exec(uri) ?? [];
  if (!head) throw new InvalidRequestError("image", uri, PICTURE);
  const body = uri.slice(head.length);
  try {
    // Which is lenient about both.
    if (body.length % 4 || /\s/.test(body)) throw new RangeError("length or blanks");
    return atob(body);
  } catch {
    throw new InvalidRequestError("image", uri, PICTURE, { because: "broken base64" });
  }
}

function bytesOf(binary: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** The MIME type of a picture by its first bytes; names and declarations may say anything. */
function pictureKind(data: Uint8Array, size = data.length): string {
  const begins = (at: number, ...bytes: number[]) =>
    bytes.every((byte, i) => data[at + i] === byte);
  const shown = `${size} bytes`;
  if (size > 20e6) {
    throw new InvalidRequestError("image", shown, PICTURE, { because: "larger than 20 MB" });
  }
  if (begins(0, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return "image/png";
  if (begins(0, 0xff, 0xd8, 0xff)) return "image/jpeg";
  if (begins(0, 0x52, 0x49, 0x46, 0x46) && begins(8, 0x57, 0x45, 0x42, 0x50)) return "image/webp";
  const because = "not a picture of these kinds";
  throw new InvalidRequestError("image", shown, PICTURE, { because });
}

/** Base64, in blocks that fit into the arguments of a call, and have no padding between them. */
function toBase64(data: Uint8Array): string {
  let text = "";
  for (let at = 0; at < data.length; at += 8193) {
    text += btoa(String.fromCharCode(...data.subarray(at, at + 8193)));
  }
  return text;
}
