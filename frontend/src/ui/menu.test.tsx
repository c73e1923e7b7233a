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

it("a list to search narrows down as one types, goes into it by arrow, and takes the first by Enter", async () => {
  const render = (found: boolean) =>
    act(() =>
      root.render(
        <Menu trigger={<button type="button">Open</button>} search="Find">
          <MenuChoice
            found={found}
            label="Which"
            value="b-2"
            options={["a-1", "b-2", "b-3"].map((value) => ({ value, label: value }))}
            onChange={chosen}
          />
        </Menu>,
      ),
    );
  const type = (text: string) =>
    act(() => {
      const input = document.querySelector("input") as HTMLInputElement;
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(input, text);
      input.dispatchEvent(new Event("input", { bubbles: true }));
    });
  const options = () => [...document.querySelectorAll("[role=listbox] [role=option]")].map((option) => option.textContent);
  await render(false);
  await open();
  expect(document.activeElement).toBe(document.querySelector("input"));
  await type("B-");
  expect(options()).toEqual(["b-2", "b-3"]);
  await press("ArrowDown");
  await press("ArrowDown");
  expect(focused()).toBe("b-3");
  await press("x");
  expect(document.activeElement).toBe(document.querySelector("input"));
  await press("Enter");
  expect(chosen.mock.calls).toEqual([["b-2"]]);
  // What is found elsewhere is taken as it comes.
  await render(true);
  await open();
  await type("note");
  expect(options().length).toBe(3);
  await press("Escape");
  await render(false);
  await open();
  await type("nothing like it");
  expect([options(), document.querySelector("[role=status]")?.textContent]).toEqual([[], expect.stringMatching(/./)]);
});
