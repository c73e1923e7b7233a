import type { Page } from "playwright-core";

/** Runs before the page's own code: notes every shift of the layout that nobody's hand caused. */
export function watchLayout(): void {
  const noted = window as unknown as { layoutShift: number };
  noted.layoutShift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[]) {
      if (!entry.hadRecentInput) noted.layoutShift += entry.value;
    }
  }).observe({ type: "layout-shift", buffered: true });
}

export function layoutShift(page: Page): Promise<number> {
  return page.evaluate(() => (window as unknown as { layoutShift: number }).layoutShift);
}

/** How many layers with a blur are on the screen. */
export function blurredLayers(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      [...document.querySelectorAll("*")].filter((element) => {
        if (getComputedStyle(element).backdropFilter === "none" || !element.checkVisibility()) return false;
        const { top, bottom, width, height } = element.getBoundingClientRect();
        return width > 0 && height > 0 && top < innerHeight && bottom > 0;
      }).length,
  );
}

/** How many animations run. */
export function runningAnimations(page: Page): Promise<number> {
  return page.evaluate(() => document.getAnimations().filter((one) => one.playState === "running" && one instanceof CSSAnimation).length);
}

/** What a finger would miss, a line each: targets under 44 px, with the room that ::after adds. Links within a sentence are left out. */
export function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const least = 43.5;
    const targets = document.querySelectorAll<HTMLElement>(
      "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=switch], [role=checkbox], [role=option], [role=menuitem]",
    );
    return [...targets].flatMap((target) => {
      if (
        !target.checkVisibility({ opacityProperty: true, visibilityProperty: true }) ||
        target.closest("[inert], [aria-hidden=true], .sr-only")
      )
        return [];
      // A field is as large as the frame around it, or as the label that leads to it.
      const frame = target.closest<HTMLElement>(".field, label, .radio-card, .option") ?? target;
      const inSentence = target.matches("a") && getComputedStyle(target).display === "inline";
      if (inSentence) return [];
      const { width, height, right } = frame.getBoundingClientRect();
      if (width < 2 || height < 2 || right < 0) return [];
      const after = getComputedStyle(target, "::after");
      const grows = after.content !== "none" && after.position === "absolute";
      const reach = (own: number, more: string) => Math.max(own, grows ? Number.parseFloat(more) || 0 : 0);
      const [wide, high] = [reach(width, after.width), reach(height, after.height)];
      return wide < least || high < least
        ? [`${Math.round(wide)}×${Math.round(high)}: ${target.outerHTML.slice(0, 120)} ${target.textContent?.slice(0, 20)}`]
        : [];
    });
  });
}
