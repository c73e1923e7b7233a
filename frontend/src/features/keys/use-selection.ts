import { useState } from "react";
import type { BulkRequest, GeminiKey } from "@/api/types";
import type { KeysSearch } from "./search";

/** The filter of a list of keys. */
type Chosen = Pick<KeysSearch, "q" | "project"> & { state?: GeminiKey["state"] | undefined };

/** Which keys are chosen: some by name, or all that the filter of the list chooses. */
export interface Selection {
  /** Whether choosing is under way at all; on a phone it begins by a button. */
  active: boolean;
  ids: ReadonlySet<number>;
  /** Whether all that the filter chooses are meant, seen or not. */
  whole: boolean;
  has(id: number): boolean;
  toggle(id: number): void;
  /** Adds these, or takes them out where all of them are in. */
  togglePage(ids: readonly number[]): void;
  chooseWhole(): void;
  begin(): void;
  clear(): void;
  /** What a change of many keys is to name. */
  target(search: Chosen): Pick<BulkRequest, "ids"> | Pick<BulkRequest, "filter">;
}

const none: ReadonlySet<number> = new Set();

/** Keeps a choice of keys for as long as the filter stays the same. */
export function useSelection(search: Chosen): Selection {
  const filter = JSON.stringify([search.q, search.state, search.project]);
  const [kept, setKept] = useState({ filter, ids: none, whole: false, active: false });
  const { ids, whole, active } = kept.filter === filter ? kept : { ids: none, whole: false, active: false };
  const set = (next: Partial<typeof kept>) => setKept({ filter, ids, whole, active, ...next });
  return {
    active: active || whole || ids.size > 0,
    ids,
    whole,
    has: (id) => whole || ids.has(id),
    toggle: (id) => {
      const next = new Set(ids);
      if (!next.delete(id)) next.add(id);
      set({ ids: next, whole: false });
    },
    togglePage: (page) => {
      const all = whole || page.every((id) => ids.has(id));
      const next = new Set(whole ? [] : ids);
      for (const id of page) all ? next.delete(id) : next.add(id);
      set({ ids: next, whole: false });
    },
    chooseWhole: () => set({ whole: true, ids: none }),
    begin: () => set({ active: true }),
    clear: () => set({ active: false, ids: none, whole: false }),
    target: ({ q, state, project }) =>
      whole ? { filter: { ...(q && { q }), ...(state && { state }), ...(project && { project }) } } : { ids: [...ids] },
  };
}
