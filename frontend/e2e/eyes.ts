import { expect } from "vitest";
import { nameOf, overflow, violations } from "./browser.ts";
import { smallTargets } from "./soundness.ts";
import { complaints, look, page, phone } from "./walk.ts";

/** Looks at the page as it stands: nothing complained of but what is wanted, nothing too wide, nothing that axe or a finger would miss. */
export async function sound(what: string, ...wanted: RegExp[]): Promise<void> {
  const where = `${what} at ${nameOf(look)}`;
  const others = complaints.filter((one) => !wanted.some((pattern) => pattern.test(one)));
  expect.soft(others, `complaints, ${where}`).toEqual([]);
  complaints.length = 0;
  expect.soft(await overflow(page), `too wide, ${where}`).toBe(0);
  expect.soft(await violations(page), `axe, ${where}`).toEqual([]);
  if (phone) expect.soft(await smallTargets(page), `small targets, ${where}`).toEqual([]);
}
