// A video that a plain output on the page has already (notebook/display.py), so that it need not
// come from the kernel once more.

/** Its address; "pending" while JupyterLab makes the output's path into one. */
export function pageVideo(task_id: string): string | null {
  let pending = false;
  for (const figure of document.getElementsByClassName(`llmkit-task-${task_id}`)) {
    for (const video of figure.querySelectorAll("video")) {
      const url = video.getAttribute("src");
      if (url === null) continue;
      if (isResolved(url)) return url;
      pending = true;
    }
  }
  return pending ? "pending" : null;
}

/** The picture alone: an output without its video has one as well. */
export function pagePoster(task_id: string): string | null {
  for (const figure of document.getElementsByClassName(`llmkit-task-${task_id}`)) {
    for (const element of figure.querySelectorAll<HTMLElement>("video, img")) {
      const poster = posterOf(element);
      if (poster) return poster;
    }
  }
  return null;
}

// A notebook's outputs may come from anybody: what they name on other servers stays there.
function isResolved(url: string): boolean {
  if (/^data:video\//i.test(url)) return true;
  if (!/^(\/|https?:|blob:)/i.test(url)) return false;
  try {
    return new URL(url, location.href).origin === location.origin;
  } catch {
    return false;
  }
}

function posterOf(element: HTMLElement): string {
  const url = element.getAttribute(element.localName === "video" ? "poster" : "src") ?? "";
  return /^data:image\/(jpeg|png|webp);/i.test(url) ? url : "";
}
