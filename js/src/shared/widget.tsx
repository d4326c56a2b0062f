// Makes a bundle's default export, in the form that anywidget wants, of a component.

import { type ComponentType, render } from "preact";

import { Cover } from "./cover";
import { keepKeys } from "./keys";
import type { InitializeProps, RenderProps, SlotTraits, WidgetModel } from "./model";
import { fillSlots } from "./slots";

export interface ViewProps<Traits extends object> {
  model: WidgetModel<Traits>;
  /** The root element. */
  el: HTMLElement;
}

// JupyterLab and nbconvert would set what stands between two dollar signs as a formula.
const ROOT_CLASSES = ["llmkit-widget", "mathjax_ignore", "tex2jax_ignore"];

/**
 * The view is drawn into the model's slots, and wherever the host itself wants it; `begin` runs
 * once on each page.
 */
export function widget<Traits extends SlotTraits>(
  View: ComponentType<ViewProps<Traits>>,
  begin: (model: WidgetModel<Traits>) => void = () => {},
) {
  const covers = new Map<string, Cover>();
  function coverOf(model: WidgetModel<Traits>): Cover {
    const slot = model.get("slot");
    const cover = covers.get(slot) ?? new Cover(slot);
    covers.set(slot, cover);
    return cover;
  }
  function mount(model: WidgetModel<Traits>, root: HTMLElement): () => void {
    root.classList.add(...ROOT_CLASSES);
    const letGo = keepKeys(root);
    render(<View model={model} el={root} />, root);
    const cover = coverOf(model);
    cover.begin();
    return () => {
      cover.end();
      render(null, root);
      letGo();
    };
  }
  return {
    initialize({ model, signal }: InitializeProps<Traits>): void {
      begin(model);
      fillSlots(model, (root) => mount(model, root), signal);
    },
    render({ model, el }: RenderProps<Traits>): () => void {
      const root = document.createElement("div");
      el.append(root);
      const unmount = mount(model, root);
      return () => {
        unmount();
        root.remove();
      };
    },
  };
}
