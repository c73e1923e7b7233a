import { describe, expect, it } from "vitest";
import { minutesToPacificMidnight, outlooks } from "./forecast";

const model = (name: string, perMinute: number, used: number, limit: number | null) => ({
  name,
  requests_today: used,
  projects: 1,
  rpm: { used: perMinute, limit: 10 },
  tpm: { used: 0, limit: null },
  rpd: { used, limit },
});

describe("outlooks", () => {
  it("puts the model that runs out first in front, and leaves out those nobody asked and unknown limits", () => {
    const models = [model("idle", 0, 0, 100), model("slow", 1, 0, 600), model("fast", 4, 300, 400), model("unknown", 9, 9, null)];
    expect(outlooks(models, 300)).toEqual([
      { name: "fast", minutesLeft: 25, covers: 25 / 300 },
      { name: "slow", minutesLeft: 600, covers: 1 },
    ]);
  });

  it("goes by the day's pace where the last minute was slower", () => {
    expect(outlooks([model("paused", 0, 570, 970)], 300)[0]).toMatchObject({ minutesLeft: 800, covers: 1 });
  });

  it("knows a quota that is used up, asked or not", () => {
    expect(outlooks([model("done", 0, 100, 100)], 300)[0]).toMatchObject({ minutesLeft: 0, covers: 0 });
  });
});

describe("minutesToPacificMidnight", () => {
  it.each([
    ["2026-11-23T08:00:00Z", 1440],
    ["2026-11-23T07:59:30Z", 1],
    ["2026-07-01T06:30:00Z", 30],
  ])("from %s", (moment, minutes) => expect(minutesToPacificMidnight(Date.parse(moment))).toBe(minutes));
});
