import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect } from "react";
import { Store, useStore } from "@/api/store";
import { loadText } from "@/text/i18n";
import { letters, pages } from "./pages";

/** Whether the command palette is open. */
export const paletteOpen = new Store(false);
/** Whether the list of shortcuts is open. */
export const shortcutsOpen = new Store(false);

const Palette = lazy(async () => {
  const [file] = await Promise.all([import("./palette"), loadText("palette"), loadText("settings")]);
  return { default: file.Palette };
});
const Shortcuts = lazy(async () => {
  const [file] = await Promise.all([import("./palette-shortcuts"), loadText("palette")]);
  return { default: file.Shortcuts };
});

/** How long after g its letter still counts. */
const togetherMs = 1_200;

/** Hears ⌘K and Ctrl+K, ?, / and g with a letter, and shows the palette and the list of shortcuts, which load when they are wanted. */
export function PaletteHost() {
  const palette = useStore(paletteOpen);
  const shortcuts = useStore(shortcutsOpen);
  const navigate = useNavigate();
  useEffect(() => {
    let going = 0;
    const onKeyDown = (event: KeyboardEvent) => {
      const covered = document.documentElement.dataset.overlay !== undefined;
      if (event.key.toLowerCase() === "k" && (event.metaKey || event.ctrlKey) && !event.altKey && !event.shiftKey) {
        event.preventDefault();
        // Another dialog is a question that wants its answer first.
        if (paletteOpen.get() || !covered) paletteOpen.set(!paletteOpen.get());
        return;
      }
      if (covered || event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
      const after = event.timeStamp - going < togetherMs;
      going = 0;
      const page = after && pages.find(({ to }) => letters[to] === event.key);
      if (page) void navigate({ to: page.to });
      else if (event.key === "g") going = event.timeStamp;
      else if (event.key === "?") shortcutsOpen.set(true);
      else if (event.key !== "/") return;
      else document.querySelector<HTMLElement>("main input[type=search]")?.focus();
      event.preventDefault();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [navigate]);
  return (
    <Suspense>
      {palette && <Palette onClose={() => paletteOpen.set(false)} />}
      {shortcuts && <Shortcuts onClose={() => shortcutsOpen.set(false)} />}
    </Suspense>
  );
}

/** Whether a letter belongs to what has the focus. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.role === "menu")
  );
}
