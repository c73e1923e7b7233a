import type { Attempt, RequestDetail } from "@/api/types";

/** A bar on the time axis of one request, in seconds from its start. */
export interface Bar {
  start: number;
  length: number;
}

export interface Lane {
  attempt: Attempt;
  waited: Bar | undefined;
  took: Bar;
  /** The part of the call before its first byte, where the request tells it. */
  untilFirstByte: Bar | undefined;
}

/** Shorter waits are the gateway's own work, and not worth a line. */
const leastWaitSeconds = 0.01;

/** Lays the attempts one after another on one axis, which ends at the request's end or theirs. */
export function timelineOf({ request, tries }: RequestDetail): { lanes: Lane[]; seconds: number } {
  let at = 0;
  const lanes = tries.map((attempt, index): Lane => {
    const waited = attempt.waited_seconds >= leastWaitSeconds ? { start: at, length: attempt.waited_seconds } : undefined;
    at += attempt.waited_seconds;
    const took = { start: at, length: attempt.took_seconds };
    at += attempt.took_seconds;
    const first = index === tries.length - 1 && request.stream ? request.first_byte_seconds : null;
    const lead = first === null ? 0 : Math.min(first, took.start + took.length) - took.start;
    return { attempt, waited, took, untilFirstByte: lead > 0 ? { start: took.start, length: lead } : undefined };
  });
  return { lanes, seconds: Math.max(request.seconds, at, 0.001) };
}

/** About five round marks from 0 to the end: 1.46 → [0, 0.3, 0.6, 0.9, 1.2]. */
export function marksOf(seconds: number): number[] {
  const raw = seconds / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 3, 5, 10].find((factor) => factor * power >= raw) ?? 10) * power;
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, index) => index * step);
}
