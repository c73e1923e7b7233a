import type { ModelQuota } from "@/api/types";

/** How far a model's daily quota carries at the day's pace, or the last minute's where that is faster. */
export interface Outlook {
  name: string;
  /** Minutes until the quota is used up. */
  minutesLeft: number;
  /** The part of the rest of the Pacific day that it covers, 0 to 1. */
  covers: number;
}

const shown = 3;

const dayMinutes = 24 * 60;

/** The models that were asked in this quota day, and whose daily limit is known; the one that runs out first in front, at most three. */
export function outlooks(models: readonly ModelQuota[], minutesToReset: number): Outlook[] {
  return models
    .flatMap(({ name, rpm, rpd }): Outlook[] => {
      if (rpd.limit === null || rpd.limit === 0) return [];
      const left = Math.max(0, rpd.limit - rpd.used);
      const pace = Math.max(rpm.used, rpd.used / Math.max(1, dayMinutes - minutesToReset));
      if (pace === 0 && left > 0) return [];
      const minutesLeft = left === 0 ? 0 : left / pace;
      return [{ name, minutesLeft, covers: Math.min(1, minutesLeft / Math.max(1, minutesToReset)) }];
    })
    .sort((a, b) => a.minutesLeft - b.minutesLeft || a.name.localeCompare(b.name))
    .slice(0, shown);
}

/** Minutes from a moment to the next midnight in Los Angeles, where Google's quota day begins. */
export function minutesToPacificMidnight(now: number): number {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: "America/Los_Angeles", hour: "numeric", minute: "numeric", hourCycle: "h23" });
  const part = (type: "hour" | "minute") => Number(parts.formatToParts(now).find((one) => one.type === type)?.value ?? 0);
  return 24 * 60 - part("hour") * 60 - part("minute");
}
