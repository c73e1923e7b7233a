import { act } from "react";
import { createRoot } from "react-dom/client";
import { beforeEach, expect, it, vi } from "vitest";
import type { KeysSearch } from "./search";
import { type Selection, useSelection } from "./use-selection";

let selection: Selection;
let show: (search: KeysSearch) => Promise<void>;

function Probe({ search }: { search: KeysSearch }) {
  selection = useSelection(search);
  return null;
}

beforeEach(async () => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  const root = createRoot(document.createElement("div"));
  show = (search) => act(async () => root.render(<Probe search={search} />));
  await show({});
});

const run = (what: () => void) => act(async () => what());

it("chooses a page, and takes it out again", async () => {
  await run(() => selection.toggle(1));
  await run(() => selection.togglePage([1, 2, 3]));
  expect([...selection.ids]).toEqual([1, 2, 3]);
  await run(() => selection.togglePage([1, 2, 3]));
  expect(selection.active).toBe(false);
});

it("names the filter where all of it is meant, and single keys otherwise", async () => {
  await show({ q: "spare", state: "failing", page: 3 });
  await run(() => selection.toggle(7));
  expect(selection.target({ q: "spare", state: "failing" })).toEqual({ ids: [7] });
  await run(() => selection.chooseWhole());
  expect(selection.has(99)).toBe(true);
  expect(selection.target({ q: "spare", state: "failing" })).toEqual({ filter: { q: "spare", state: "failing" } });
});

it("never carries a choice over to another filter, but keeps it from page to page", async () => {
  await run(() => selection.toggle(7));
  await show({ page: 2 });
  expect(selection.has(7)).toBe(true);
  await show({ state: "failing" });
  expect(selection.active).toBe(false);
  expect(selection.target({ state: "failing" })).toEqual({ ids: [] });
});
