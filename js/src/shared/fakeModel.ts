// A widget's model without a kernel, for tests: what a module sets, saves and sends is kept, and
// the test plays the kernel's part.

import type { Part, WidgetModel } from "./model";

type Listener = (...given: never[]) => void;

export class FakeModel<Traits extends object> implements WidgetModel<Traits> {
  /** Messages to the kernel, oldest first. */
  readonly sent: unknown[] = [];
  /** What each save_changes brought to the kernel. */
  readonly saved: Partial<Traits>[] = [];

  private readonly traits: Traits;
  private readonly listeners = new Map<string, Set<Listener>>();
  private unsaved: Partial<Traits> = {};

  constructor(traits: Traits) {
    this.traits = { ...traits };
  }

  get<Name extends keyof Traits & string>(name: Name): Traits[Name] {
    return this.traits[name];
  }

  set<Name extends keyof Traits & string>(name: Name, value: Traits[Name]): void {
    this.unsaved[name] = value;
    this.change(name, value);
  }

  save_changes(): void {
    this.saved.push(this.unsaved);
    this.unsaved = {};
  }

  send(content: unknown): void {
    this.sent.push(content);
  }

  on(event: "msg:custom", listener: (message: unknown, parts: Part[]) => void): void;
  on(event: string, listener: () => void): void;
  on(event: string, listener: Listener): void {
    const listeners = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, listeners.add(listener));
  }

  off(event: string, listener: Listener): void {
    this.listeners.get(event)?.delete(listener);
  }

  // -- the kernel's part

  /** A trait changes in the kernel. */
  change<Name extends keyof Traits & string>(name: Name, value: Traits[Name]): void {
    if (this.traits[name] === value) return;
    this.traits[name] = value;
    this.emit(`change:${name}`);
  }

  /** The kernel sends a message. */
  tell(message: unknown, parts: unknown[] = []): void {
    this.emit("msg:custom", message, parts);
  }

  emit(event: string, ...given: unknown[]): void {
    for (const listener of [...(this.listeners.get(event) ?? [])]) {
      (listener as (...given: unknown[]) => void)(...given);
    }
  }

  /** How many listen to an event, or to anything: nobody should after an unmount. */
  listening(event?: string): number {
    const sets = event === undefined ? [...this.listeners.values()] : [this.listeners.get(event)];
    return sets.reduce((sum, set) => sum + (set?.size ?? 0), 0);
  }

  /** The messages to the kernel of one kind. */
  sentOf<Kind extends string>(kind: Kind): Record<string, unknown>[] {
    return (this.sent as Record<string, unknown>[]).filter((message) => message.kind === kind);
  }
}

export function fakeModel<Traits extends object>(traits: Traits): FakeModel<Traits> {
  return new FakeModel(traits);
}
