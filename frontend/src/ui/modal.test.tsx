import { act, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Modal } from "./modal";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

let root: Root;
const close = vi.fn();
const page = (modals: ReactNode) => (
  <>
    <main>
      <button type="button">behind</button>
    </main>
    <section className="toasts" />
    {modals}
  </>
);
const show = (modals: ReactNode) => act(() => root.render(page(modals)));
const focused = () => document.activeElement?.textContent;
const press = (key: string, shiftKey = false) =>
  act(() => void document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey, bubbles: true, cancelable: true })));

beforeEach(async () => {
  close.mockReset();
  const host = document.createElement("div");
  host.id = "root";
  document.body.replaceChildren(host);
  root = createRoot(host);
  await show(null);
  document.querySelector("button")?.focus();
});
afterEach(() => act(() => root.unmount()));

const one = (
  <Modal aria-label="one" onClose={() => close("one")}>
    <a href="#x">elsewhere</a>
    <button type="button">first</button>
    <button type="button" disabled>
      off
    </button>
    <button type="button">last</button>
  </Modal>
);

it("takes the focus, lets it go round, and gives it back", async () => {
  await show(one);
  expect(focused()).toBe("first");
  await press("Tab", true);
  expect(focused()).toBe("first"); // the browser's own way back leads to what is before
  document.querySelector("a")?.focus();
  await press("Tab", true);
  expect(focused()).toBe("last");
  await press("Tab");
  expect(focused()).toBe("elsewhere");
  await show(null);
  expect(focused()).toBe("behind");
});

it("covers the page but not what is told at its corner, and the one below while another is open", async () => {
  await show(one);
  const inert = () =>
    [...document.querySelectorAll("[inert]:not([aria-hidden])")].map(
      (element) => element.ariaLabel ?? element.getAttribute("aria-label") ?? element.tagName,
    );
  expect(inert()).toEqual(["MAIN"]);
  await show([
    <div key="1">{one}</div>,
    <Modal key="2" aria-label="two" onClose={() => close("two")}>
      <input data-autofocus />
    </Modal>,
  ]);
  expect(document.querySelector(".toasts")?.hasAttribute("inert")).toBe(false);
  expect(inert()).toContain("one");
  expect(document.activeElement?.tagName).toBe("INPUT");
  await press("Escape");
  expect(close.mock.calls).toEqual([["two"]]);
  await show(null);
  expect(inert()).toEqual([]);
});

it("is closed by a press outside only where that is light-hearted, and by Escape only where it may be", async () => {
  const outside = () => act(() => void document.body.dispatchEvent(new Event("pointerdown", { bubbles: true })));
  await show(one);
  await outside();
  expect(close).not.toHaveBeenCalled();
  await show(
    <Modal key="light" aria-label="light" light onClose={() => close("light")}>
      <button type="button">in</button>
    </Modal>,
  );
  await act(() => void document.querySelector("[role=dialog] button")?.dispatchEvent(new Event("pointerdown", { bubbles: true })));
  expect(close).not.toHaveBeenCalled();
  await outside();
  expect(close.mock.calls).toEqual([["light"]]);
  close.mockReset();
  await show(
    <Modal key="kept" aria-label="kept" onClose={undefined}>
      text
    </Modal>,
  );
  expect(document.activeElement?.getAttribute("role")).toBe("dialog");
  await press("Escape");
  expect(document.querySelector("[role=dialog]")?.textContent).toBe("text");
});
