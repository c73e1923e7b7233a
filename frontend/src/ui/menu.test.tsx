import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Menu, MenuChoice, MenuItem } from "./menu";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

let root: Root;
const chosen = vi.fn();
beforeEach(async () => {
  Element.prototype.scrollIntoView ??= () => undefined;
  const host = document.createElement("div");
  document.body.replaceChildren(host);
  root = createRoot(host);
  chosen.mockReset();
  await act(() =>
    root.render(
      <Menu trigger={<button type="button">Open</button>}>
        <MenuItem onSelect={() => chosen("alpha")}>Alpha</MenuItem>
        <MenuItem disabled onSelect={() => chosen("beta")}>
          Beta
        </MenuItem>
        <MenuChoice
          label="Which"
          value="two"
          options={[
            { value: "one", label: "One" },
            { value: "two", label: "Two" },
          ]}
          onChange={chosen}
        />
      </Menu>,
    ),
  );
});
afterEach(() => act(() => root.unmount()));

const trigger = () => document.querySelector("button") as HTMLButtonElement;
const menu = () => document.querySelector("[role=menu]");
const focused = () => document.activeElement?.textContent;
const press = (key: string) =>
  act(() => void document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })));
const open = () => act(() => trigger().click());

it("opens at what is chosen, goes round by arrow keys past what is disabled, and finds by first letters", async () => {
  await open();
  expect([focused(), trigger().getAttribute("aria-expanded")]).toEqual(["Two", "true"]);
  await press("ArrowDown");
  expect(focused()).toBe("Alpha");
  await press("ArrowDown");
  expect(focused()).toBe("One");
  await press("t");
  expect(focused()).toBe("Two");
  await press("Home");
  expect(focused()).toBe("Alpha");
});

it("gives the focus back when it closes, and leaves it alone when something else was pressed", async () => {
  await open();
  await press("Escape");
  expect([menu(), document.activeElement]).toEqual([null, trigger()]);
  await open();
  await act(() => void document.body.dispatchEvent(new Event("pointerdown", { bubbles: true })));
  expect(menu()).toBeNull();
});

it("tells what was chosen, and closes", async () => {
  await open();
  await act(() => document.querySelector<HTMLElement>("[role=menuitemradio]")?.click());
  expect([chosen.mock.calls, menu()]).toEqual([[["one"]], null]);
});
