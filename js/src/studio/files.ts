// Files that come to a studio by dragging or from the clipboard, wherever in it they land: one
// that misses its field by an inch would make the browser leave the notebook.

/** Listens until the returned function is called. `wanted` says whether a file means anything. */
export function receiveFiles(
  root: HTMLElement,
  wanted: () => boolean,
  take: (file: File) => void,
  dragging: (over: boolean) => void,
): () => void {
  const listening = new AbortController();
  const { signal } = listening;
  const on = <Name extends keyof HTMLElementEventMap>(
    name: Name,
    listener: (event: HTMLElementEventMap[Name]) => void,
  ) => root.addEventListener(name, listener, { signal });

  const mine = (event: DragEvent) => {
    if (!event.dataTransfer?.types.includes("Files") || !wanted()) return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  on("dragover", (event) => dragging(mine(event)));
  on("dragleave", (event) => {
    // It also comes when the pointer goes from one of our elements to the next.
    if (!root.contains(event.relatedTarget as Node | null)) dragging(false);
  });
  on("drop", (event) => {
    dragging(false);
    const file = mine(event) ? event.dataTransfer?.files[0] : undefined;
    if (file) take(file);
  });
  on("paste", (event) => {
    const file = event.clipboardData?.files[0];
    // Text that is copied from an office program comes with a picture of itself.
    if (!file || !wanted() || event.clipboardData?.types.includes("text/plain")) return;
    event.preventDefault();
    take(file);
  });
  return () => listening.abort();
}
