import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Sheet } from "./sheet";

let root: Root;
let closed: number;
let moved: string[];

beforeEach(async () => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.stubGlobal("matchMedia", () => ({ matches: true }));
  Object.assign(HTMLElement.prototype, { setPointerCapture: () => undefined });
  vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(600);
  closed = 0;
  moved = [];
  const host = document.createElement("div");
  document.body.append(host);
  root = createRoot(host);
  await act(async () =>
    root.render(
      <Sheet label="key" onClose={() => (closed += 1)}>
        {(close) => (
          <header data-grab>
            <h2>AIza</h2>
            <button type="button" onClick={close}>
              close
            </button>
          </header>
        )}
      </Sheet>,
    ),
  );
});

afterEach(async () => {
  await act(async () => root.unmount());
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** Pulls at an element: each step is where the finger is, and when. */
async function pull(from: string, steps: readonly [y: number, at: number][], end = "pointerup") {
  const target = document.querySelector(from);
  const sheet = document.querySelector<HTMLElement>(".sheet");
  const send = (type: string, clientY: number, at: number) => {
    const event = new MouseEvent(type, { bubbles: true, clientY });
    Object.defineProperties(event, { timeStamp: { value: at }, pointerId: { value: 1 } });
    target?.dispatchEvent(event);
    moved.push(sheet?.style.transform ?? "");
  };
  const [[y, at] = [0, 0], ...others] = steps;
  await act(async () => {
    send("pointerdown", y, at);
    for (const [to, when] of others) send("pointermove", to, when);
    const [to, when] = steps.at(-1) ?? [0, 0];
    send(end, to, when + 1);
  });
}

it("follows the finger, and comes back from a slow short pull", async () => {
  await pull("[data-grab] h2", [
    [100, 0],
    [150, 200],
    [260, 900],
  ]);
  expect(moved).toContain("translateY(160px)");
  expect(moved.at(-1)).toBe("");
  expect(closed).toBe(0);
});

it("closes past three tenths of its height", async () => {
  await pull("[data-grab] h2", [
    [100, 0],
    [200, 900],
    [290, 1800],
  ]);
  expect(closed).toBe(1);
});

it("closes on a flick, and not when the finger comes to rest first", async () => {
  await pull("[data-grab] h2", [
    [100, 0],
    [120, 20],
    [160, 40],
  ]);
  expect(closed).toBe(1);
  await pull("[data-grab] h2", [
    [100, 0],
    [180, 40],
    [180, 400],
  ]);
  expect(closed).toBe(1);
});

it("stays when the browser takes the gesture away, and when a button is pressed", async () => {
  await pull(
    "h2",
    [
      [100, 0],
      [400, 50],
    ],
    "pointercancel",
  );
  await pull("button", [
    [100, 0],
    [400, 50],
  ]);
  expect(closed).toBe(0);
  await act(async () => document.querySelector("button")?.click());
  expect(closed).toBe(1);
});
