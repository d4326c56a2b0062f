// Sends a message to the kernel.

import type { Asked } from "./messages";
import type { Channel } from "./model";

export const KERNEL_GONE = "The kernel is gone: run this cell again.";

/** Returns whether it is on its way: the kernel of an old view may be gone. */
export function ask(model: Channel, message: Asked): boolean {
  try {
    model.send(message);
    return true;
  } catch {
    // JupyterLab throws where the kernel was restarted or shut down.
    return false;
  }
}
