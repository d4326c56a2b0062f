// For how long a model has a kernel. A view without one would be a ghost: its buttons do nothing.
//
// As JupyterLab 4.6 does it: a restart (also one after a crash) makes `comm_live` of every model
// false and tells so by `comm_live_update`; a shutdown tells the models nothing, but disposes the
// connection to the kernel; a websocket that breaks and comes back does neither, and nothing has
// to happen then. A page that is opened again makes models for what lives in the kernel, as soon
// as that has time to answer. A model from a saved notebook has no kernel from the beginning.

import type { SlotTraits, WidgetModel } from "./model";

interface Signal {
  connect(slot: () => void): void;
  disconnect(slot: () => void): void;
}

/** What we use of JupyterLab's manager; other hosts may have none of it. */
interface Manager {
  has_model?(id: string): boolean;
  get_model?(id: string): Promise<{ comm_live?: boolean }>;
  kernel?: { disposed?: Signal } | null;
}

/** Calls `begin` if the model is live, and then `end` once when it no longer is. */
export async function whileLive<Traits extends SlotTraits>(
  model: WidgetModel<Traits>,
  begin: () => void,
  end: () => void,
  signal?: AbortSignal,
): Promise<void> {
  const manager = (model.widget_manager ?? {}) as Manager;
  const slot = model.get("slot");
  // What anywidget hands out is a proxy without `comm_live`. The kernel names model and slot alike.
  const whole = manager.has_model?.(slot) ? await found(manager, slot) : undefined;
  if (signal?.aborted || whole?.comm_live === false) return;

  const disposed = manager.kernel?.disposed;
  const updated = () => {
    if (!whole?.comm_live) over();
  };
  const over = () => {
    model.off("comm_live_update", updated);
    model.off("destroy", over);
    disposed?.disconnect(over);
    signal?.removeEventListener("abort", over);
    end();
  };
  model.on("comm_live_update", updated);
  model.on("destroy", over);
  disposed?.connect(over);
  signal?.addEventListener("abort", over);
  begin();
}

async function found(manager: Manager, slot: string): Promise<{ comm_live?: boolean } | undefined> {
  try {
    return await manager.get_model?.(slot);
  } catch {
    // A manager of another kind: the view is worth more than the certainty.
    return undefined;
  }
}
