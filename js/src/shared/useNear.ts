// Whether an element is in view, or near it: only then a player holds a decoder.

import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

/**
 * @param margin how far from the view is near; below zero: how far inside of it.
 * @param first what is taken for true until the browser has told.
 */
export function useNear(element: RefObject<Element>, margin = "200px", first = false): boolean {
  const [near, setNear] = useState(first);
  useEffect(() => {
    const target = element.current;
    if (!target) return;
    if (typeof IntersectionObserver === "undefined") {
      setNear(true);
      return;
    }
    const options = { rootMargin: margin, scrollMargin: margin };
    const observer = new IntersectionObserver((entries) => {
      setNear(entries.at(-1)?.isIntersecting ?? false);
    }, options);
    observer.observe(target);
    return () => observer.disconnect();
  }, [element, margin]);
  return near;
}
