// Puts a model's live view into its slots: elements of plain HTML outputs (widgets/hosts.py) that
// show what a reader without a kernel sees, and show it again when the view is gone.

import { setShown } from "./cover";
import { whileLive } from "./life";
import type { SlotTraits, WidgetModel } from "./model";
import { onPage, watchPage } from "./page";

/** Draws a view into an element; returns what takes it away again. */
export type Mount = (root: HTMLElement) => () => void;

/** How long a view is kept whose slot has left the page: milliseconds. */
const GRACE = 2000;

interface View {
  place: HTMLElement;
  root: HTMLElement;
  unmount: () => void;
  /** Runs while the view is off the page. */
  timer: ReturnType<typeof setTimeout> | undefined;
  /** What had the focus when the page last knew. */
  focused: HTMLElement | null;
}

/** Fills every slot of the model, now and later, for as long as its kernel lives. */
export function fillSlots<Traits extends SlotTraits>(
  model: WidgetModel<Traits>,
  mount: Mount,
  signal?: AbortSignal,
): void {
  const slots = new Slots(model.get("slot"), mount);
  void whileLive(
    model,
    () => slots.begin(),
    () => slots.end(),
    signal,
  );
}

class Slots {
  private readonly views = new Set<View>();
  private readonly name: string;
  private readonly mount: Mount;
  private unwatch = () => {};

  constructor(slot: string, mount: Mount) {
    this.name = `llmkit-slot-${slot}`;
    this.mount = mount;
  }

  begin(): void {
    this.unwatch = watchPage((came) => this.look(came));
    this.look(onPage(this.name));
  }

  end(): void {
    this.unwatch();
    for (const view of [...this.views]) this.remove(view);
  }

  private look(came: HTMLElement[]): void {
    const views = [...this.views];
    const lost = views.filter((view) => !view.root.isConnected);
    for (const view of views) if (view.root.isConnected) keep(view);
    for (const place of came) {
      if (!place.classList.contains(this.name) || !place.isConnected || isFilled(place)) continue;
      const moving = lost.shift();
      if (moving) move(moving, place);
      else this.fill(place);
    }
    for (const view of lost) view.timer ??= setTimeout(() => this.remove(view), GRACE);
  }

  private fill(place: HTMLElement): void {
    const root = document.createElement("div");
    root.dataset.llmkitView = "";
    place.append(root);
    try {
      const unmount = this.mount(root);
      const view: View = { place, root, unmount, timer: undefined, focused: null };
      followFocus(view);
      this.views.add(view);
      setPlainShown(place, false);
    } catch (error) {
      // The plain content is better than nothing.
      root.remove();
      console.error(error);
    }
  }

  private remove(view: View): void {
    keep(view);
    this.views.delete(view);
    view.unmount();
    view.root.remove();
    setPlainShown(view.place, true);
  }
}

function isFilled(place: HTMLElement): boolean {
  return [...place.children].some((child) => "llmkitView" in (child as HTMLElement).dataset);
}

// A drawn-anew output is a new element. The view goes over with all its state; a video plays on,
// because the browser stops it only when it is still off the page after the task.
function move(view: View, place: HTMLElement): void {
  const focused = view.focused;
  setPlainShown(view.place, true);
  view.place = place;
  place.append(view.root);
  setPlainShown(place, false);
  keep(view);
  if (focused && (document.activeElement ?? document.body) === document.body) {
    focused.focus({ preventScroll: true });
  }
}

function keep(view: View): void {
  clearTimeout(view.timer);
  view.timer = undefined;
}

function followFocus(view: View): void {
  view.root.addEventListener("focusin", (event) => {
    view.focused = event.target as HTMLElement;
  });
  view.root.addEventListener("focusout", () => {
    // Also comes when the slot is taken off the page; the view is then moved before this runs.
    setTimeout(() => {
      if (!view.root.contains(document.activeElement)) view.focused = null;
    });
  });
}

function setPlainShown(place: HTMLElement, shown: boolean): void {
  for (const child of place.children) {
    if (child.classList.contains("llmkit-plain")) setShown(child as HTMLElement, shown);
  }
}
