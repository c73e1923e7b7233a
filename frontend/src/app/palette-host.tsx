import { lazy, Suspense, useEffect } from "react";
import { Store, useStore } from "@/api/store";
import { loadText } from "@/text/i18n";

/** Whether the command palette is open. */
export const paletteOpen = new Store(false);

const Palette = lazy(async () => {
  const [file] = await Promise.all([import("./palette"), loadText("palette")]);
  return { default: file.Palette };
});

/** Hears ⌘K and Ctrl+K, and shows the palette, which loads when it is first wanted. */
export function PaletteHost() {
  const open = useStore(paletteOpen);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      // Another dialog is a question that wants its answer first.
      if (paletteOpen.get() || document.documentElement.dataset.overlay === undefined) paletteOpen.set(!paletteOpen.get());
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
  if (!open) return null;
  return (
    <Suspense>
      <Palette onClose={() => paletteOpen.set(false)} />
    </Suspense>
  );
}
