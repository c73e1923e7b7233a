import { useEffect } from "react";

let open = 0;

/** While mounted, marks the page as covered: it does not scroll and its cards drop their blur. */
export function useOverlay(): void {
  useEffect(() => {
    const root = document.documentElement;
    if (open === 0) root.style.setProperty("--scrollbar", `${window.innerWidth - root.clientWidth}px`);
    open += 1;
    root.dataset.overlay = "";
    return () => {
      open -= 1;
      if (open === 0) delete root.dataset.overlay;
    };
  }, []);
}
