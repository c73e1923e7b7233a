import { type RefCallback, useCallback, useRef, useState } from "react";

/** How far outside the window a thing still counts as near: about a screen, so that scrolling never outruns it. */
const margin = "1200px 0px";

/**
 * Tells when an element is far outside the window, and how high it was there: a long list draws an empty space of that height in
 * its place, so that a browser never holds more rows than a few screens of them.
 */
export function useFar<T extends Element>(): { ref: RefCallback<T>; height: number | undefined } {
  const [height, setHeight] = useState<number>();
  const observer = useRef<IntersectionObserver>(undefined);
  const ref = useCallback((element: T | null) => {
    observer.current?.disconnect();
    if (!element) return;
    observer.current = new IntersectionObserver(
      (entries) => {
        const last = entries.at(-1);
        if (last) setHeight(last.isIntersecting ? undefined : last.boundingClientRect.height);
      },
      { rootMargin: margin },
    );
    observer.current.observe(element);
  }, []);
  return { ref, height };
}

/** Calls back whenever an element is near the window; what it asks for should move the element away again. */
export function useNear<T extends Element>(onNear: () => void): RefCallback<T> {
  const run = useRef(onNear);
  run.current = onNear;
  const observer = useRef<IntersectionObserver>(undefined);
  return useCallback((element: T | null) => {
    observer.current?.disconnect();
    if (!element) return;
    observer.current = new IntersectionObserver((entries) => entries.at(-1)?.isIntersecting && run.current(), { rootMargin: margin });
    observer.current.observe(element);
  }, []);
}
