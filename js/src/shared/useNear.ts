// Whether an element is in view or near it: only then a player holds a decoder.

import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

const MARGIN = "200px";

export function useNear(element: RefObject<Element>): boolean {
  const [near, setNear] = useState(false);
  useEffect(() => {
    const target = element.current;
    if (!target) return;
    if (typeof IntersectionObserver === "undefined") {
      setNear(true);
      return;
    }
    const options = { rootMargin: MARGIN, scrollMargin: MARGIN };
    const observer = new IntersectionObserver((entries) => {
      setNear(entries.at(-1)?.isIntersecting ?? false);
    }, options);
    observer.observe(target);
    return () => observer.disconnect();
  }, [element]);
  return near;
}
