// What runs this: Node, Deno, or Deno's Jupyter kernel.

/** What Deno's kernel offers to show something in a notebook. */
export interface Kernel {
  broadcast(
    type: "display_data" | "update_display_data",
    content: {
      data: Record<string, unknown>;
      metadata: Record<string, unknown>;
      transient: { display_id: string };
    },
  ): Promise<void>;
}

/** The kernel that runs this; undefined outside of a notebook. */
export function kernel(): Kernel | undefined {
  const { Deno } = globalThis as { Deno?: { jupyter?: Kernel } };
  try {
    return Deno?.jupyter;
  } catch {
    return undefined; // so says Deno outside of a notebook
  }
}

export function inNotebook(): boolean {
  return kernel() !== undefined;
}
