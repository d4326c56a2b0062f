// A studio without a kernel, for tests.

import { FakeModel } from "../shared/fakeModel";
import type { Check, Controls, FormTraits, ModelEntry, StudioTraits } from "./state";

export function someControls(change: Partial<Controls> = {}): Controls {
  return {
    model: "preview/one",
    prompt_limits: [1, 1000],
    durations: [],
    duration_range: [1, 30],
    takes_duration: true,
    presets: [],
    sizes: [],
    takes_size: true,
    takes_seed: true,
    takes_negative_prompt: false,
    takes_image: true,
    needs_image: false,
    takes_fps: false,
    fps_choices: [],
    options: [],
    moved: {},
    ...change,
  };
}

const FORM: FormTraits = {
  prompt: "A heron in the morning mist",
  model: "preview/one",
  duration: null,
  width: null,
  height: null,
  seed: null,
  negative_prompt: null,
  image: null,
  fps: null,
  options: {},
  count: 1,
};

export function aCheck(change: Partial<Check> = {}): Check {
  return {
    form: FORM,
    problems: {},
    cost: "about $0.45",
    time: "about 2 min",
    python: "client.generate_video(request)",
    magic: "%%video",
    no_magic: "",
    ...change,
  };
}

export function anEntry(change: Partial<ModelEntry> = {}): ModelEntry {
  return {
    id: "preview/one",
    title: "One",
    provider: "preview",
    advice: "",
    note: "",
    price: "",
    text: true,
    image: false,
    ...change,
  };
}

/** A form that could be generated, unless the change spoils it. */
export function aStudio(change: Partial<StudioTraits> = {}): FakeModel<StudioTraits> {
  return new FakeModel<StudioTraits>({
    slot: "51077",
    ...FORM,
    models: [anEntry(), anEntry({ id: "preview/two", title: "Two" })],
    controls: someControls(),
    check: aCheck({ form: { ...FORM, ...formIn(change) } }),
    answer: { id: "", state: "none", message: "" },
    batch: [],
    earlier: [],
    notice: "",
    shown: "",
    ...change,
  });
}

function formIn(traits: Partial<StudioTraits>): Partial<FormTraits> {
  const given = Object.entries(traits).filter(([name]) => name in FORM);
  return Object.fromEntries(given);
}

/** The kernel has looked at the form. */
export function judge(model: FakeModel<StudioTraits>, change: Partial<Check> = {}): void {
  const names = Object.keys(FORM) as (keyof FormTraits)[];
  const form = Object.fromEntries(names.map((name) => [name, model.get(name)]));
  model.change("check", aCheck({ form: form as unknown as FormTraits, ...change }));
}

/** An event that a person seems to have made. */
export function byHand<Given extends Event>(event: Given): Given {
  Object.defineProperty(event, "isTrusted", { value: true });
  return event;
}
