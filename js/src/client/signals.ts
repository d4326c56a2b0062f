// Who waits with the same signal shares one listener: Node warns of a leak from the eleventh on.
import { InvalidRequestError } from "./errors.ts";

const heard = new WeakMap<AbortSignal, { all: Set<() => void>; ring: () => void }>();

/** @throws InvalidRequestError it is none; as a rule its controller was given. */
export function checkSignal(signal: AbortSignal | null | undefined): void {
  if (!signal || typeof signal.addEventListener === "function") return;
  throw new InvalidRequestError("signal", signal, "an AbortSignal, such as controller.signal");
}

/** Have `told` called when a signal aborts, or now if it has; gives a function that ends this. */
export function onAbort(signal: AbortSignal | undefined, told: () => void): () => void {
  checkSignal(signal);
  if (signal?.aborted) told();
  if (!signal || signal.aborted) return () => {};
  let here = heard.get(signal);
  if (!here) {
    const all = new Set<() => void>();
    const ring = () => {
      for (const each of [...all]) each();
    };
    here = { all, ring };
    heard.set(signal, here);
    signal.addEventListener("abort", ring);
  }
  const { all, ring } = here;
  all.add(told);
  return () => {
    all.delete(told);
    if (all.size) return;
    // Deno's process goes on for as long as somebody listens to a clock.
    signal.removeEventListener("abort", ring);
    heard.delete(signal);
  };
}
