import { useSyncExternalStore } from "react";

/** The theme on the page now, for what draws on a canvas and cannot follow CSS by itself. */
export function useTheme(): string {
  return useSyncExternalStore(
    (listener) => {
      const observer = new MutationObserver(listener);
      observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
      return () => observer.disconnect();
    },
    () => document.documentElement.dataset.theme ?? "dark",
  );
}
