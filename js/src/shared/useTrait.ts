// A model's traits as state of a component.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import type { WidgetModel } from "./model";

/** The value of a trait, which the component follows. */
export function useTrait<Traits extends object, Name extends keyof Traits & string>(
  model: WidgetModel<Traits>,
  name: Name,
): Traits[Name] {
  const [, redraw] = useState({});
  const value = model.get(name);
  const drawn = useRef(value);
  drawn.current = value;
  useEffect(() => {
    const changed = () => redraw({});
    model.on(`change:${name}`, changed);
    // It may have changed between the drawing and now.
    if (model.get(name) !== drawn.current) changed();
    return () => model.off(`change:${name}`, changed);
  }, [model, name]);
  return value;
}

/** The same, and a function that writes it in the page and the kernel. */
export function useWritable<Traits extends object, Name extends keyof Traits & string>(
  model: WidgetModel<Traits>,
  name: Name,
): [Traits[Name], (value: Traits[Name]) => void] {
  const value = useTrait(model, name);
  const write = useCallback(
    (value: Traits[Name]) => {
      model.set(name, value);
      model.save_changes();
    },
    [model, name],
  );
  return [value, write];
}
