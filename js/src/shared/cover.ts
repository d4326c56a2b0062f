// Keeps outputs out of sight that stand in for a live view, for as long as there is one: what a
// studio has made stays below it in the saved notebook, and is seen in it while it lives.

import { onPage, watchPage } from "./page";

export class Cover {
  private readonly name: string;
  private views = 0;
  private unwatch = () => {};

  constructor(slot: string) {
    this.name = `llmkit-covered-by-${slot}`;
  }

  /** One more view is on the page. */
  begin(): void {
    this.views += 1;
    if (this.views > 1) return;
    this.unwatch = watchPage((came) => this.hide(came));
    this.hide(onPage(this.name));
  }

  /** One view less. */
  end(): void {
    this.views -= 1;
    if (this.views > 0) return;
    this.unwatch();
    for (const element of onPage(this.name)) setShown(element, true);
  }

  private hide(elements: HTMLElement[]): void {
    for (const element of elements) {
      if (element.classList.contains(this.name)) setShown(element, false);
    }
  }
}

export function setShown(element: HTMLElement, shown: boolean): void {
  if (shown) {
    element.style.removeProperty("display");
    return;
  }
  element.style.setProperty("display", "none", "important");
  for (const video of element.querySelectorAll("video")) video.pause();
}
