import { useState } from "react";
import { type Draft, drafted, type Path, type Settings, type Value, withDraft } from "./path";
import type { Versioned } from "./queries";

export interface Editing {
  /** The settings as they would be saved. */
  settings: Settings;
  draft: Draft;
  paths: readonly Path[];
  /** What was in force when the first change was made. Newer settings than these were saved by someone else. */
  ground: Versioned;
  change: (path: Path, value: Value) => void;
  drop: (path?: Path) => void;
}

/** Holds the changes that are not saved, apart from what the gateway has, so that neither overwrites the other unseen. */
export function useDraft(current: Versioned): Editing {
  const [state, setState] = useState<{ draft: Draft; ground?: Versioned }>({ draft: {} });
  const ground = state.ground ?? current;
  const set = (draft: Draft) => setState(Object.keys(draft).length === 0 ? { draft } : { draft, ground });
  // What someone else saved as well is no change any more.
  const draft = Object.entries(state.draft).reduce<Draft>(
    (kept, [path, value]) => drafted(current.settings, kept, path as Path, value),
    {},
  );
  return {
    settings: withDraft(current.settings, draft),
    draft,
    paths: Object.keys(draft) as Path[],
    ground,
    change: (path, value) => set(drafted(current.settings, draft, path, value)),
    drop: (path) => {
      if (path === undefined) return set({});
      const { [path]: _, ...rest } = draft;
      set(rest);
    },
  };
}
