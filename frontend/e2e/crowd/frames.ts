import { cpus } from "node:os";
import type { Page } from "playwright-core";

/** What scrolling looked like: milliseconds between frames. */
export interface Scrolled {
  frames: number;
  median: number;
  worst: number;
}

const listenMs = 400;
/** A page that stands still takes next to nothing: a machine that works harder than this has something else to do. */
const busyShare = 0.4;

/** Scrolls down by so many pixels as a wheel or a finger does, at an eager reader's pace. Gives nothing when the machine was busy with something else. */
export async function scrolled(page: Page, pixels: number, finger: boolean): Promise<Scrolled | undefined> {
  if (await busy()) return undefined;
  await page.evaluate(() => {
    const noted = window as unknown as { frames?: number[] };
    const frames: number[] = [];
    noted.frames = frames;
    let last = 0;
    const frame = (time: number) => {
      if (last > 0) frames.push(time - last);
      last = time;
      if (noted.frames === frames) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  const session = await page.context().newCDPSession(page);
  const { width, height } = page.viewportSize() ?? { width: 0, height: 0 };
  await session.send("Input.synthesizeScrollGesture", {
    x: width / 2,
    y: height / 2,
    yDistance: -pixels,
    speed: 2_400,
    gestureSourceType: finger ? "touch" : "mouse",
  });
  await session.detach();
  const frames = await page.evaluate(() => {
    const noted = window as unknown as { frames?: number[] };
    const frames = noted.frames ?? [];
    noted.frames = undefined;
    return frames;
  });
  if (await busy()) return undefined;
  frames.sort((one, other) => one - other);
  return { frames: frames.length, median: Math.round(frames[frames.length >> 1] ?? 0), worst: Math.round(frames.at(-1) ?? 0) };
}

/** Listens whether the machine works though nothing here asks it to. */
async function busy(): Promise<boolean> {
  const before = spent();
  await new Promise((done) => setTimeout(done, listenMs));
  const after = spent();
  return (after.busy - before.busy) / (after.all - before.all) > busyShare;
}

function spent(): { busy: number; all: number } {
  const times = cpus().map((one) => one.times);
  const all = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0);
  return { busy: all - times.reduce((sum, { idle }) => sum + idle, 0), all };
}
