import { expect, test } from "vitest";
import { daySlots } from "./day-slots";

const counted = (day: string) => ({ day, requests: 3, failures: 0, checks: 0, check_failed: 0 });

test("every day has a place, whether something was counted on it or not, and the last is today in Los Angeles", () => {
  // Still the 26th there.
  const now = Date.parse("2026-11-27T05:00:00Z");
  const slots = daySlots([counted("2026-11-26"), counted("2026-11-24"), counted("2026-10-01")], now, 3);
  expect(slots.map(({ day, of }) => [day, of?.requests])).toEqual([
    ["2026-11-24", 3],
    ["2026-11-25", undefined],
    ["2026-11-26", 3],
  ]);
});

test("the change of clocks neither skips nor doubles a day", () => {
  const days = daySlots([], Date.parse("2026-11-03T20:00:00Z"), 4).map(({ day }) => day);
  expect(days).toEqual(["2026-10-31", "2026-11-01", "2026-11-02", "2026-11-03"]);
});
