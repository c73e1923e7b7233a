import { describe, expect, it } from "vitest";
import type { Attempt, RequestDetail } from "@/api/types";
import { marksOf, timelineOf } from "./timeline";

const attempt = (waited: number, took: number, verdict = "minute_quota") =>
  ({ waited_seconds: waited, took_seconds: took, verdict, status: verdict === "ok" ? 200 : 429 }) as Attempt;

describe("the timeline of a request", () => {
  it("lays attempts and waits one after another", () => {
    const request = { seconds: 1.5, stream: true, first_byte_seconds: 0.9 };
    const { lanes, seconds } = timelineOf({ request, tries: [attempt(0, 0.2), attempt(0.3, 1, "ok")] } as RequestDetail);
    expect(seconds).toBe(1.5);
    expect(lanes[0]).toMatchObject({ waited: undefined, took: { start: 0, length: 0.2 }, untilFirstByte: undefined });
    expect(lanes[1]).toMatchObject({ waited: { start: 0.2, length: 0.3 }, took: { start: 0.5, length: 1 } });
    expect(lanes[1]?.untilFirstByte?.length).toBeCloseTo(0.4);
  });

  it("reaches as far as its attempts where they took longer than the client waited", () => {
    const request = { seconds: 0.1, stream: false, first_byte_seconds: null };
    expect(timelineOf({ request, tries: [attempt(0, 2, "ok")] } as RequestDetail).seconds).toBe(2);
    expect(timelineOf({ request: { seconds: 0 }, tries: [] } as unknown as RequestDetail).seconds).toBeGreaterThan(0);
  });

  it("has round marks that stay inside", () => {
    expect(marksOf(1.46).map((mark) => Number(mark.toFixed(3)))).toEqual([0, 0.3, 0.6, 0.9, 1.2]);
    for (const seconds of [0.001, 0.02, 7, 61, 3600]) {
      const marks = marksOf(seconds);
      expect(marks.length).toBeLessThanOrEqual(6);
      expect(marks.at(-1)).toBeLessThanOrEqual(seconds);
    }
  });
});
