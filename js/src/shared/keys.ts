// Keeps the keys that are pressed in a widget from JupyterLab, where "d d" deletes a cell and
// Shift+Enter runs one.

/** Gives back what undoes it. */
export function keepKeys(root: HTMLElement): () => void {
  // Lumino's own mark: a listener of JupyterLab that comes before ours heeds it.
  root.dataset.lmSuppressShortcuts = "true";
  const events = ["keydown", "keypress", "keyup"] as const;
  for (const name of events) root.addEventListener(name, keep);
  return () => {
    for (const name of events) root.removeEventListener(name, keep);
    delete root.dataset.lmSuppressShortcuts;
  };
}

function keep(event: KeyboardEvent): void {
  event.stopPropagation();
  const save = (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "s";
  if (save && event.type === "keydown") passOn(event);
}

// Saving is meant for the notebook wherever the focus is; the browser would save the page.
function passOn(event: KeyboardEvent): void {
  const outside = (event.currentTarget as HTMLElement).parentElement;
  const { key, code, keyCode, ctrlKey, metaKey, shiftKey } = event;
  const again = { key, code, keyCode, ctrlKey, metaKey, shiftKey, bubbles: true, cancelable: true };
  const taken = outside?.dispatchEvent(new KeyboardEvent("keydown", again)) === false;
  if (taken) event.preventDefault();
}
