// Binary parts of messages, in every form that hosts give them.

/** The bytes, or null where the host has lost them. */
export function bytesOf(part: unknown): Uint8Array<ArrayBuffer> | null {
  if (typeof part === "string") return fromBase64(part);
  if (part instanceof ArrayBuffer) return part.byteLength > 0 ? new Uint8Array(part) : null;
  if (ArrayBuffer.isView(part) && part.byteLength > 0) {
    // The buffer may be the whole message, of which the view is a part.
    return new Uint8Array(part.buffer as ArrayBuffer, part.byteOffset, part.byteLength);
  }
  return null;
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    return bytes.length > 0 ? bytes : null;
  } catch {
    return null;
  }
}
