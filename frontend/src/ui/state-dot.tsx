import type { KeyState } from "@/api/types";
import { classNames } from "./class-names";

const colours: Record<KeyState, string> = {
  healthy: "text-ok-fill",
  resting: "text-rest-fill",
  failing: "text-bad-fill",
  unknown: "text-rest-fill",
  disabled: "text-ink-3",
};

/** A state as a shape: filled, half filled, diamond, dashed or hollow. It says nothing to screen readers, so a word stands beside it. */
export function StateDot({ state, still }: { state: KeyState; still?: boolean }) {
  return (
    <svg className={classNames("dot", colours[state])} viewBox="0 0 14 14" aria-hidden="true">
      {state === "healthy" && (
        <>
          {!still && <circle className="dot-halo" cx="7" cy="7" r="7" />}
          <circle cx="7" cy="7" r="3.6" fill="currentColor" />
        </>
      )}
      {state === "resting" && (
        <>
          <circle cx="7" cy="7" r="4.6" fill="none" stroke="currentColor" strokeWidth="1.6" />
          <path d="M7 2.4a4.6 4.6 0 0 0 0 9.2z" fill="currentColor" />
        </>
      )}
      {state === "failing" && <path d="M7 1.6 12.4 7 7 12.4 1.6 7z" fill="currentColor" />}
      {state === "unknown" && (
        <circle cx="7" cy="7" r="4.6" fill="none" stroke="currentColor" strokeWidth="1.7" strokeDasharray="2.3 2.5" />
      )}
      {state === "disabled" && <circle cx="7" cy="7" r="4.6" fill="none" stroke="currentColor" strokeWidth="1.5" />}
    </svg>
  );
}
