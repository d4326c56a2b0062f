// The part of a widget's model that anywidget hands to a module.

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** What comes with a message: bytes, or whatever a host has made of them. */
export type Part = DataView | ArrayBuffer | Uint8Array | string;

export interface WidgetModel<Traits extends object> {
  get<Name extends keyof Traits & string>(name: Name): Traits[Name];
  set<Name extends keyof Traits & string>(name: Name, value: Traits[Name]): void;
  save_changes(): void;
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
  on(event: "msg:custom", listener: (message: unknown, parts: Part[]) => void): void;
  on(event: string, listener: () => void): void;
  off(event: string, listener: (...given: never[]) => void): void;
}

/** What every widget of ours has. */
export interface SlotTraits {
  /** Names the elements of the page that this model fills; see slots.ts. */
  slot: string;
}

export interface RenderProps<Traits extends object> {
  model: WidgetModel<Traits>;
  el: HTMLElement;
  signal?: AbortSignal;
}

export interface InitializeProps<Traits extends object> {
  model: WidgetModel<Traits>;
  signal?: AbortSignal;
}
