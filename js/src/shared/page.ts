// Tells when an element of ours comes to the page or something leaves it. One observer serves all
// models: anywidget loads a module anew for each, and a notebook can have many.

/** Elements whose class begins so are told of. */
const OURS = ["llmkit-slot-", "llmkit-covered-by-"];
const SELECTOR = OURS.map((start) => `[class*="${start}"]`).join();
const KEY = Symbol.for("llmkit-jupyter.page");

/** Gets the elements that came; none of them where something left. */
export type Watcher = (came: HTMLElement[]) => void;

interface Watch {
  watchers: Set<Watcher>;
  observer: MutationObserver;
}

/** Calls the watcher after every change that may concern it, before the page is painted. */
export function watchPage(watcher: Watcher): () => void {
  const shared = globalThis as { [KEY]?: Watch };
  shared[KEY] ??= begin();
  const watch = shared[KEY];
  watch.watchers.add(watcher);
  return () => {
    watch.watchers.delete(watcher);
    if (watch.watchers.size > 0 || shared[KEY] !== watch) return;
    watch.observer.disconnect();
    delete shared[KEY];
  };
}

/** All elements on the page that have this class. */
export function onPage(name: string): HTMLElement[] {
  return [...document.getElementsByClassName(name)] as HTMLElement[];
}

function begin(): Watch {
  const watchers = new Set<Watcher>();
  const observer = new MutationObserver((records) => {
    const came = records.flatMap((record) => [...record.addedNodes].flatMap(ours));
    const left = records.some((record) => record.removedNodes.length > 0);
    if (came.length === 0 && !left) return;
    for (const watcher of [...watchers]) watcher(came);
  });
  observer.observe(document.documentElement, { childList: true, subtree: true });
  return { watchers, observer };
}

// Only what was added is looked through: a notebook changes at every key that is pressed.
function ours(node: Node): HTMLElement[] {
  if (!(node instanceof HTMLElement)) return [];
  const inside = [...node.querySelectorAll<HTMLElement>(SELECTOR)];
  return node.matches(SELECTOR) ? [node, ...inside] : inside;
}
