// Lets a few at once through, in their order.

export class Gate {
  readonly #most: () => number;
  #inside = 0;
  #waiting: (() => void)[] = [];

  constructor(most: () => number) {
    this.#most = most;
  }

  /** @param wait awaits its turn; what it throws ends the waiting. */
  async through<T>(
    work: () => Promise<T>,
    wait = (turn: Promise<void>): Promise<void> => turn,
  ): Promise<T> {
    while (this.#inside >= this.#most()) {
      await wait(new Promise<void>((resolve) => this.#waiting.push(resolve)));
    }
    this.#inside += 1;
    try {
      return await work();
    } finally {
      this.#inside -= 1;
      // All: there may be more room now than before.
      for (const wake of this.#waiting.splice(0)) wake();
    }
  }
}
