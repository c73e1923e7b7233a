import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { watchPace } from "./pace";

const { dataset } = document.documentElement;
let frames: FrameRequestCallback[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("requestAnimationFrame", (callback: FrameRequestCallback) => frames.push(callback));
  vi.stubGlobal("requestIdleCallback", (task: () => void) => setTimeout(task, 1));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  frames = [];
  delete dataset.pace;
  delete dataset.scrolling;
});

/** A machine that draws with what is called so. */
function drawnBy(name: string): void {
  const context = { getExtension: () => null, getParameter: () => name, RENDERER: 0 };
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(context as unknown as WebGLRenderingContext);
  watchPace();
  vi.advanceTimersByTime(1);
}

/** Scrolls while frames come at these distances. */
function scroll(...milliseconds: number[]): void {
  let time = 1_000;
  const draw = () => {
    const due = frames;
    frames = [];
    for (const frame of due) frame(time);
  };
  document.dispatchEvent(new Event("scroll"));
  draw();
  for (const distance of milliseconds) {
    time += distance;
    document.dispatchEvent(new Event("scroll"));
    draw();
  }
}

test("a machine that keeps up is left alone", () => {
  drawnBy("Apple GPU");
  scroll(16, 17, 90, 16, 33, 16, 70, 16);
  expect(dataset.pace).toBeUndefined();
  expect(dataset.scrolling).toBeUndefined();
});

test("late frames while scrolling tell a slow one, and its glass is clear until the page stands still", () => {
  drawnBy("Apple GPU");
  scroll(120, 130, 140);
  expect(dataset.pace).toBe("slow");
  scroll(16);
  expect(dataset.scrolling).toBe("");
  vi.advanceTimersByTime(249);
  expect(dataset.scrolling).toBe("");
  vi.advanceTimersByTime(1);
  expect(dataset.scrolling).toBeUndefined();
});

test("a machine that draws without a graphics processor is told by the name of what draws", () => {
  drawnBy("ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)");
  expect(dataset.pace).toBe("slow");
});
