import { expect } from "vitest";
import { nameOf, overflow, violations } from "./browser.ts";
import { smallTargets } from "./soundness.ts";
import { complaints, look, page } from "./walk.ts";

/** Looks at the page as it stands: nothing complained of but what is wanted, nothing too wide, nothing that axe or a finger would miss. */
export async function sound(what: string, ...wanted: RegExp[]): Promise<void> {
  await standStill();
  const others = complaints.filter((one) => !wanted.some((pattern) => pattern.test(one)));
  complaints.length = 0;
  const wide = await overflow(page);
  const faults = {
    "complained of": others,
    "too wide": wide > 0 ? [`by ${wide} px`] : [],
    "wrong by axe": await violations(page),
    "too small for a finger": (page.viewportSize()?.width ?? 0) < 768 ? await smallTargets(page) : [],
  };
  for (const [kind, lines] of Object.entries(faults)) {
    expect.soft(lines, `${what} at ${nameOf(look)}: ${kind}\n${lines.join("\n")}`).toEqual([]);
  }
}

/** Waits until no colour or place is on its way to another. */
function standStill(): Promise<void> {
  return page.evaluate(async () => {
    const underWay = document.getAnimations().filter((one) => one instanceof CSSTransition);
    await Promise.allSettled(underWay.map((one) => one.finished));
  });
}
