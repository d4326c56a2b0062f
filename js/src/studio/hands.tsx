// A studio on a page, with hands.

import { render } from "preact";
import { afterEach } from "vitest";

import { draw, settle } from "../shared/testing";
import type { StudioTraits } from "./state";
import { Studio } from "./studio";
import { aStudio, byHand } from "./testing";

const roots: HTMLElement[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) {
    render(null, root);
    root.remove();
  }
});

export function show(model: ReturnType<typeof aStudio>) {
  const root = draw(<Studio model={model} el={document.body} />);
  roots.push(root);
  const one = (selector: string) => root.querySelector(selector) as HTMLElement;
  const button = (name: string) => {
    const found = [...root.querySelectorAll("button")].find(
      (each) => (each.getAttribute("aria-label") ?? each.textContent) === name,
    );
    if (!found) throw new Error(`no button ${name}`);
    return found;
  };
  const field = (name: string) => one(`[data-field="${name}"]`);
  return {
    root,
    one,
    button,
    field,
    prompt: one("[data-field=prompt] textarea") as HTMLTextAreaElement,
    line: (name: string) => field(name).querySelector("input[type=text]") as HTMLInputElement,
    generate: () => one(".lk-s-generate .lk-s-primary") as HTMLButtonElement,
    said: () => one(".lk-s-hidden[role=status]").textContent,
  };
}

export const open = (change: Partial<StudioTraits> = {}) => {
  const model = aStudio(change);
  return { model, ...show(model) };
};

export const type = (element: HTMLInputElement | HTMLTextAreaElement, text: string) =>
  settle(() => {
    element.value = text;
    element.dispatchEvent(new Event("input", { bubbles: true }));
  });
export const leave = (element: HTMLElement) =>
  settle(() => element.dispatchEvent(new Event("blur")));
export const click = (element: HTMLElement) =>
  settle(() => element.dispatchEvent(byHand(new MouseEvent("click", { bubbles: true }))));
export const press = (element: HTMLElement, key: string, more: KeyboardEventInit = {}) =>
  settle(() => {
    const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
    element.dispatchEvent(byHand(event));
  });

/** What stands beside a control, as screen readers find it. */
export function described(control: HTMLElement): string {
  const id = control.getAttribute("aria-describedby") ?? "";
  return document.getElementById(id)?.textContent ?? "";
}
