// The part of a widget's model that anywidget hands to a module.

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** What comes with a message: bytes, or whatever a host has made of them. */
export type Part = DataView | ArrayBuffer | Uint8Array | string;

/** A model's messages, which need no knowledge of its traits. */
export interface Channel {
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
  on(event: "msg:custom", listener: (message: unknown, parts: Part[]) => void): void;
  on(event: string, listener: () => void): void;
  off(event: string, listener: (...given: never[]) => void): void;
}

export interface WidgetModel<Traits extends object> extends Channel {
  get<Name extends keyof Traits & string>(name: Name): Traits[Name];
  set<Name extends keyof Traits & string>(name: Name, value: Traits[Name]): void;
  save_changes(): void;
  /** The host's own keeper of models; what it can do differs between hosts. */
  readonly widget_manager?: unknown;
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
