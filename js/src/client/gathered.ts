// What is asked for one by one, done together.

/** Gathers what is asked for at the same moment and does it together; each fails for itself. */
export class Gathered<T> {
  readonly #work: (all: readonly T[], failed: Map<T, unknown>) => Promise<void>;
  #waiting: { all: Set<T>; done: Promise<Map<T, unknown>> } | undefined;

  constructor(work: (all: readonly T[], failed: Map<T, unknown>) => Promise<void>) {
    this.#work = work;
  }

  async add(one: T): Promise<void> {
    if (!this.#waiting) this.#waiting = this.#begin(new Set<T>());
    const { all, done } = this.#waiting;
    all.add(one);
    const failed = await done;
    if (failed.has(one)) throw failed.get(one);
  }

  #begin(all: Set<T>) {
    const failed = new Map<T, unknown>();
    const done = pause(0).then(async () => {
      this.#waiting = undefined;
      await this.#work([...all], failed);
      return failed;
    });
    return { all, done };
  }
}

export function cut<T>(all: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  const step = Math.min(size, all.length) || 1;
  for (let at = 0; at < all.length; at += step) parts.push(all.slice(at, at + step));
  return parts;
}

export function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
