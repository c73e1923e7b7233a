import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it } from "vitest";
import { TabList } from "./tabs";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

let root: Root;
let opened: string[];
beforeEach(() => {
  const host = document.createElement("div");
  document.body.replaceChildren(host);
  root = createRoot(host);
  opened = [];
});
afterEach(() => act(() => root.unmount()));

const show = (manual: boolean) =>
  act(() =>
    root.render(
      <TabList
        panel="p"
        label="tabs"
        value="b"
        tabs={["a", "b", "c"].map((value) => ({ value, content: value }))}
        manual={manual}
        onChange={(value) => opened.push(value)}
        className=""
      />,
    ),
  );
const tab = (name: string) => document.getElementById(`p-${name}`) as HTMLElement;
const press = (key: string) => act(() => document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })));

it("is one stop of the Tab key, and arrow keys go round", async () => {
  await show(false);
  expect(["a", "b", "c"].map((name) => tab(name).tabIndex)).toEqual([-1, 0, -1]);
  tab("b").focus();
  await press("ArrowRight");
  await press("ArrowRight");
  await press("End");
  await press("ArrowLeft");
  expect(document.activeElement).toBe(tab("b"));
  expect(opened).toEqual(["c", "a", "c", "b"]);
});

it("opens nothing by arrow keys where that is to be done by hand", async () => {
  await show(true);
  tab("b").focus();
  await press("ArrowLeft");
  expect(document.activeElement).toBe(tab("a"));
  expect(opened).toEqual([]);
});
