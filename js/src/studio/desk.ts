// One view's hold on the model: reads the traits, writes the form, and knows what is still being
// typed. Values live in the traits alone, so that all views of a studio agree.

import { ask } from "../shared/ask";
import type { Asked, Told } from "../shared/messages";
import type { Json, Part } from "../shared/model";
import { Drafts } from "./drafts";
import { type Field, FORM, optionOf, readerOf, show, valueIn } from "./fields";
import { Freshness } from "./freshness";
import type { FormTraits, ShownTraits, StudioModel, StudioTraits, ToldTraits } from "./state";

const TOLD = [
  "models",
  "controls",
  "check",
  "answer",
  "batch",
  "earlier",
  "notice",
  "shown",
] as const;

export class Desk {
  readonly drafts = new Drafts((field, raw) => this.write(field, raw));
  readonly freshness: Freshness;
  /** Fields that a person has been in, whose problems may be said aloud. */
  readonly touched = new Set<Field>();
  /** Changes of the form seen so far, from wherever. */
  edition = 0;
  /** Edits that a person has made in this view. */
  strokes = 0;
  private readonly dismissed = new Set<Field>();
  private readonly written = new Map<keyof FormTraits, Json>();
  private readonly hearers = new Set<(told: Told) => void>();
  private readonly answerers = new Set<() => void>();
  private redraw = () => {};

  constructor(readonly model: StudioModel) {
    this.freshness = new Freshness(
      () => this.form,
      () => this.get("check").form,
      () => this.redraw(),
    );
  }

  /** Listens to the model until the returned function is called. */
  open(redraw: () => void): () => void {
    const { model } = this;
    const listeners: [string, () => void][] = [
      ...FORM.map((name) => [`change:${name}`, () => this.changed(name)] as [string, () => void]),
      ...TOLD.map((name) => [`change:${name}`, () => this.told(name)] as [string, () => void]),
    ];
    const hear = (message: unknown, _parts: Part[]) => {
      for (const hearer of this.hearers) hearer(message as Told);
    };
    this.redraw = redraw;
    for (const [event, listener] of listeners) model.on(event, listener);
    model.on("msg:custom", hear);
    return () => {
      // What was typed in the last moment is not lost with the view.
      this.drafts.flushAll();
      this.redraw = () => {};
      this.freshness.close();
      for (const [event, listener] of listeners) model.off(event, listener);
      model.off("msg:custom", hear);
    };
  }

  /** Calls back for each message of the kernel until the returned function is called. */
  onMessage(hearer: (told: Told) => void): () => void {
    this.hearers.add(hearer);
    return () => this.hearers.delete(hearer);
  }

  /** Calls back when the kernel has answered a click on Generate. */
  onAnswer(answerer: () => void): void {
    this.answerers.add(answerer);
  }

  /** Returns whether it is on its way. */
  send(message: Asked): boolean {
    return ask(this.model, message);
  }

  get<Name extends keyof (ToldTraits & ShownTraits)>(name: Name): StudioTraits[Name] {
    return this.model.get(name);
  }

  get form(): FormTraits {
    const values = FORM.map((name) => [name, this.model.get(name)]);
    return Object.fromEntries(values) as unknown as FormTraits;
  }

  /**
   * Fields whose last change came from this page. Hosts hold trait updates back while the kernel
   * is busy, but not messages: a message that depends on the form must carry it.
   */
  get own(): Partial<FormTraits> {
    return Object.fromEntries(this.written) as Partial<FormTraits>;
  }

  /** The text of a field: what is being typed, else its value. */
  raw(field: Field): string {
    return this.drafts.raw(field) ?? show(valueIn(field, this.form));
  }

  type(field: Field, raw: string): void {
    this.drafts.type(field, raw);
    this.edited(field);
    this.redraw();
  }

  leave(field: Field): void {
    this.touched.add(field);
    this.drafts.leave(field);
    this.redraw();
  }

  /** Writes values that were chosen and not typed. */
  put(values: Partial<FormTraits>, field?: Field): void {
    for (const name of Object.keys(values) as (keyof FormTraits)[]) {
      this.drafts.drop(name);
      this.edited(name);
    }
    if (field) this.edited(field);
    this.save(values);
    this.redraw();
  }

  /** Sets an option; null gives it back to the model. */
  putOption(name: string, value: Json): void {
    this.drafts.drop(`option ${name}`);
    this.edited(`option ${name}`);
    this.save({ options: this.withOption(name, value) });
    this.redraw();
  }

  /** The sentence about a field that moved with the model, until the next edit of the field. */
  moved(field: Field): string {
    return this.dismissed.has(field) ? "" : (this.get("controls").moved[field] ?? "");
  }

  show(taskId: string): void {
    this.model.set("shown", taskId);
    this.model.save_changes();
  }

  private write(field: Field, raw: string): boolean {
    const read = readerOf(field, this.get("controls"))(raw);
    if (!("value" in read)) {
      this.redraw();
      return false;
    }
    const option = optionOf(field);
    if (option) this.save({ options: this.withOption(option, read.value) });
    else this.save({ [field]: read.value });
    this.redraw();
    return true;
  }

  private withOption(name: string, value: Json): { [name: string]: Json } {
    const { [name]: _before, ...others } = this.model.get("options");
    return value === null ? others : { ...others, [name]: value };
  }

  private save(values: Partial<FormTraits>): void {
    let any = false;
    for (const [key, value] of Object.entries(values)) {
      const name = key as keyof FormTraits;
      if (same(this.model.get(name) as Json, value as Json)) continue;
      this.written.set(name, value as Json);
      this.model.set(name, value);
      any = true;
    }
    if (any) this.model.save_changes();
  }

  private edited(field: Field): void {
    this.strokes += 1;
    this.touched.add(field);
    this.dismissed.add(field);
    this.freshness.edited(field);
  }

  private changed(name: keyof FormTraits): void {
    this.edition += 1;
    this.freshness.changed();
    if (name === "model") this.dismissed.clear();
    const value = this.model.get(name) as Json;
    if (!same(this.written.get(name), value)) {
      this.written.delete(name);
      for (const field of this.drafts.fields) {
        if (field === name || (name === "options" && optionOf(field))) {
          this.drafts.overtaken(field);
        }
      }
    }
    this.redraw();
  }

  private told(name: (typeof TOLD)[number]): void {
    if (name === "answer") for (const answerer of this.answerers) answerer();
    if (name === "check") this.freshness.checked();
    // What was out of range for the old model may be right for this one.
    if (name === "controls") this.drafts.reread();
    this.redraw();
  }
}

function same(one: Json | undefined, other: Json): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
