import { KeyRound, Moon } from "lucide-react";
import { elapsedShare } from "@/text/format";

interface CountdownRingProps {
  since: string | null;
  until: string;
  now: number;
  /** A daily rest shows a moon, not a number. */
  daily: boolean;
}

const radius = 16;
const length = 2 * Math.PI * radius;

/** A 36 px ring that empties as a rest runs out; the words beside it say the same. */
export function CountdownRing({ since, until, now, daily }: CountdownRingProps) {
  const left = 1 - elapsedShare(since ?? new Date(now).toISOString(), until, now);
  const seconds = Math.max(0, Math.ceil((Date.parse(until) - now) / 1000));
  return (
    <span className="countdown" aria-hidden="true">
      <svg viewBox="0 0 36 36" data-ring aria-hidden="true">
        <circle cx="18" cy="18" r={radius} stroke="var(--rest-soft)" />
        <circle cx="18" cy="18" r={radius} stroke="var(--rest-fill)" strokeLinecap="round" strokeDasharray={`${left * length} ${length}`} />
      </svg>
      {daily || seconds >= 100 ? <Moon size={16} strokeWidth={1.75} /> : seconds}
    </span>
  );
}

/** The same place for a key that failed: no countdown, it needs hands. */
export function FailedRing() {
  return (
    <span className="countdown rounded-full bg-bad-soft text-bad" aria-hidden="true">
      <KeyRound size={16} strokeWidth={1.75} />
    </span>
  );
}
