import type { KeyDay } from "@/api/types";

const dayMs = 24 * 3_600_000;
const pacific = new Intl.DateTimeFormat("en-CA", { timeZone: "America/Los_Angeles" });

/** The last days up to today in Los Angeles, the newest last: each "2026-11-26" with what was counted on it, if anything was. */
export function daySlots(days: readonly KeyDay[], now: number, count: number): { day: string; of: KeyDay | undefined }[] {
  const known = new Map(days.map((day) => [day.day, day]));
  // Noon in UTC, so that no change of clocks moves the date.
  const today = Date.parse(`${pacific.format(now)}T12:00:00Z`);
  return Array.from({ length: count }, (_, index) => {
    const day = new Date(today - (count - 1 - index) * dayMs).toISOString().slice(0, 10);
    return { day, of: known.get(day) };
  });
}
