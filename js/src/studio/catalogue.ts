// Models as the picker shows them: found by typing, and grouped by provider.

import type { ModelEntry } from "./state";

export interface Group {
  provider: string;
  models: ModelEntry[];
}

/** Those that hold every word of the query somewhere, in the order that the kernel gave. */
export function matching(models: ModelEntry[], query: string): ModelEntry[] {
  const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
  return models.filter((model) => {
    const text = [model.title, model.id, model.provider, model.advice, model.note, model.price]
      .join("\n")
      .toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

/** Which of those that were found is meant first: the one with this name, else with this beginning. */
export function likeliest(found: ModelEntry[], query: string): number {
  const wanted = query.trim().toLowerCase();
  if (!wanted) return 0;
  const tests: ((text: string) => boolean)[] = [
    (text) => text === wanted,
    (text) => text.startsWith(wanted),
  ];
  for (const fits of tests) {
    const at = found.findIndex(({ id, title }) => [id, title].some((t) => fits(t.toLowerCase())));
    if (at >= 0) return at;
  }
  return 0;
}

/** Whether a text looks like a model's id and not like words that somebody searches for. */
export function looksLikeId(text: string): boolean {
  return /^[\w.-]+[:/@]\S+$/.test(text);
}

/** By provider, in the order in which each appears first. */
export function grouped(models: ModelEntry[]): Group[] {
  const groups = new Map<string, ModelEntry[]>();
  for (const model of models) {
    const group = groups.get(model.provider);
    if (group) group.push(model);
    else groups.set(model.provider, [model]);
  }
  return [...groups].map(([provider, members]) => ({ provider, models: members }));
}

/** The entry that an id means, whatever the case of its letters. */
export function entryOf(models: ModelEntry[], id: string): ModelEntry | undefined {
  const wanted = id.trim().toLowerCase();
  return (
    models.find((model) => model.id === id) ??
    models.find((model) => model.id.toLowerCase() === wanted)
  );
}

/** The entry that a typed text names in full, by its id or its title. */
export function named(models: ModelEntry[], typed: string): ModelEntry | undefined {
  const wanted = typed.trim().toLowerCase();
  if (!wanted) return undefined;
  const titled = models.filter((model) => model.title.toLowerCase() === wanted);
  // A title that two providers have names neither of them.
  return entryOf(models, typed) ?? (titled.length === 1 ? titled[0] : undefined);
}

/** "from a picture", for models that cannot do without one. */
export function start(model: ModelEntry): string {
  if (!model.text) return "from a picture";
  return model.image ? "from words or a picture" : "";
}
