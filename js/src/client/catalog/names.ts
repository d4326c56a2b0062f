// Our names for the fields of Runware's wire format, for messages that a person reads.

const NAMES: Record<string, string> = {
  positivePrompt: "prompt",
  negativePrompt: "negative_prompt",
  width: "size",
  height: "size",
  frameImages: "image",
  inputImage: "image",
  inputs: "image",
};

/** Our name for a field, which may be a path: `inputs.frameImages[0].image`. */
export function ourName(wire: string): string {
  const [first = ""] = wire.split(/[.[]/);
  if (first === "inputs" && wire !== "inputs" && !/frame/i.test(wire)) return `option ${wire}`;
  if (/^(duration|seed|fps|model)$/.test(first)) return first;
  return Object.hasOwn(NAMES, first) ? `${NAMES[first]}` : `option ${wire}`;
}
