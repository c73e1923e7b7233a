/** A frame that comes later than this after the one before it is seen as a jerk. */
const lateMs = 50;
/** So many more late frames than good ones, while something scrolls, are no accident. */
const tooLate = 3;
/** After this long without a scroll event the page stands still. */
const restMs = 250;
/** By then the page should have found an idle moment. */
const latestMs = 1_000;

/**
 * Notices a machine that draws slowly, by its lack of a graphics processor or by late frames while the page scrolls, and spares it from
 * then on: html[data-pace=slow] stops the landscape, and html[data-scrolling], there alone, leaves the glass clear while the page moves.
 */
export function watchPace(): void {
  const root = document.documentElement;
  let late = 0;
  let last = 0;
  let rest = 0;
  const slow = () => root.dataset.pace === "slow";
  const frame = (time: number) => {
    if (last > 0) late = time - last > lateMs ? late + 1 : Math.max(0, late - 1);
    if (late >= tooLate) root.dataset.pace = "slow";
    last = time;
    if (rest === 0 || slow()) return;
    requestAnimationFrame(frame);
  };
  const stop = () => {
    rest = 0;
    delete root.dataset.scrolling;
  };
  const move = () => {
    if (slow()) root.dataset.scrolling = "";
    else if (rest === 0) {
      last = 0;
      requestAnimationFrame(frame);
    }
    clearTimeout(rest);
    rest = window.setTimeout(stop, restMs);
  };
  // Whatever scrolls, the page or a part of it; a scroll event does not bubble.
  document.addEventListener("scroll", move, { capture: true, passive: true });
  whenIdle(() => {
    if (drawnBySoftware()) root.dataset.pace = "slow";
  });
}

function whenIdle(task: () => void): void {
  // Safari has no idle callbacks.
  if ("requestIdleCallback" in window) requestIdleCallback(task, { timeout: latestMs });
  else setTimeout(task, latestMs);
}

/** The names of what draws without a graphics processor: Chromium's, Mesa's, Windows'. */
const software = /swiftshader|llvmpipe|softpipe|software|basic render/i;

function drawnBySoftware(): boolean {
  const context = document.createElement("canvas").getContext("webgl", { failIfMajorPerformanceCaveat: true });
  if (!context) return true;
  const named = context.getExtension("WEBGL_debug_renderer_info");
  const name = String(context.getParameter(named ? named.UNMASKED_RENDERER_WEBGL : context.RENDERER));
  context.getExtension("WEBGL_lose_context")?.loseContext();
  return software.test(name);
}
