// What can be said about a prompt at once, without the kernel.

const FEW_WORDS = 4;

/** Characters as the kernel counts them: an emoji is one, not two. */
export function characters(prompt: string): number {
  let count = 0;
  for (const _ of prompt) count += 1;
  return count;
}

/** Words, also of languages that write them without blanks between. */
export function words(prompt: string): number {
  let count = 0;
  for (const part of segmenter.segment(prompt)) if (part.isWordLike) count += 1;
  return count;
}

const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });

/** A gentle word for prompts that leave nearly everything open; "" for all others. */
export function hint(prompt: string): string {
  const count = words(prompt);
  return count > 0 && count < FEW_WORDS
    ? "A few more words help: who or what, where, light, mood."
    : "";
}

/** What is wrong with the prompt; "" if nothing is. */
export function promptProblem(prompt: string, limits: [number, number] | null): string {
  if (prompt.trim() === "") return "Write what the video should show.";
  if (!limits) return "";
  const count = characters(prompt);
  const [low, high] = limits;
  if (count > high) return `${plural(count - high)} too many for this model.`;
  return count < low ? `This model wants at least ${plural(low)}.` : "";
}

function plural(count: number): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? "character" : "characters"}`;
}
