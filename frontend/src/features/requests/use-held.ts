import { type FocusEvent, type PointerEvent, useState, useSyncExternalStore } from "react";

/** Further down than this, one reads. */
const readPixels = 120;

function onScroll(listener: () => void): () => void {
  window.addEventListener("scroll", listener, { passive: true });
  return () => window.removeEventListener("scroll", listener);
}

/**
 * Whether rows must stay where they are: their reader has scrolled down, points at one of them, or is among them by keyboard. What would
 * move under the pointer is what gets clicked by mistake. The handlers go on what is around the rows.
 */
export function useHeld() {
  const [pointed, setPointed] = useState(false);
  const [focused, setFocused] = useState(false);
  const read = useSyncExternalStore(onScroll, () => window.scrollY > readPixels);
  return {
    held: pointed || focused || read,
    around: {
      onPointerEnter: (event: PointerEvent) => setPointed(event.pointerType === "mouse"),
      onPointerLeave: () => setPointed(false),
      onFocus: (event: FocusEvent) => setFocused(event.target.matches(":focus-visible")),
      onBlur: () => setFocused(false),
    },
  };
}
