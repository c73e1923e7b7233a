import { expect } from "vitest";
import { nameOf, overflow, violations } from "./browser.ts";
import { smallTargets } from "./soundness.ts";
import { complaints, look, page, phone } from "./walk.ts";

/** Looks at the page as it stands: nothing complained of but what is wanted, nothing too wide, nothing that axe or a finger would miss. */
export async function sound(what: string, ...wanted: RegExp[]): Promise<void> {
  const others = complaints.filter((one) => !wanted.some((pattern) => pattern.test(one)));
  complaints.length = 0;
  const wide = await overflow(page);
  const faults = {
    "complained of": others,
    "too wide": wide > 0 ? [`by ${wide} px`] : [],
    "wrong by axe": await violations(page),
    "too small for a finger": phone ? await smallTargets(page) : [],
  };
  for (const [kind, lines] of Object.entries(faults)) {
    expect.soft(lines, `${what} at ${nameOf(look)}: ${kind}\n${lines.join("\n")}`).toEqual([]);
  }
}
