import { useSyncExternalStore } from "react";

export type Mood = "ok" | "rest" | "fail";

const moods: readonly Mood[] = ["ok", "rest", "fail"];

/** The landscape behind the glass. It stands still while the page is hidden. */
export function Landscape({ mood }: { mood: Mood }) {
  const hidden = useSyncExternalStore(onVisibility, () => document.hidden);
  return (
    <div className="sky" aria-hidden="true" data-still={hidden || undefined}>
      <i className="sky-light sky-light-a" />
      <i className="sky-light sky-light-b" />
      {moods.map((one) => (
        <i key={one} className={`sky-light sky-mood sky-mood-${one}`} data-on={one === mood || undefined} />
      ))}
      {hills.map((path, index) => (
        <svg key={path} className={`sky-hill sky-hill-${index + 1}`} viewBox="0 0 2400 400" preserveAspectRatio="none" aria-hidden="true">
          <defs>
            <linearGradient id={`hill-${index + 1}`} x1="0" x2="0" y1="0" y2="1">
              <stop offset="0" stopColor="currentColor" />
              <stop offset="1" stopColor="currentColor" stopOpacity={index === 2 ? 1 : 0.12} />
            </linearGradient>
          </defs>
          <path fill={`url(#hill-${index + 1})`} d={path} />
        </svg>
      ))}
    </div>
  );
}

function onVisibility(listener: () => void): () => void {
  document.addEventListener("visibilitychange", listener);
  return () => document.removeEventListener("visibilitychange", listener);
}

/** Waves of a ridge: how many fit into one period, how high, and where they start. */
type Wave = readonly [turns: number, height: number, phase: number];

const period = 1200;
const step = 20;

/** A ridge that meets itself after one period, drawn twice, so that it can pan for ever. */
function ridge(level: number, waves: readonly Wave[]): string {
  const points: string[] = [];
  for (let x = 0; x <= period * 2; x += step) {
    const angle = (2 * Math.PI * x) / period;
    const y = waves.reduce((sum, [turns, height, phase]) => sum + height * Math.sin(turns * angle + phase), level);
    points.push(`${x} ${y.toFixed(1)}`);
  }
  return `M${points.join("L")}L${period * 2} 400L0 400Z`;
}

const hills: readonly string[] = [
  ridge(165, [
    [1, 58, 3.6],
    [2, 30, 0.9],
    [4, 22, 2.2],
    [7, 9, 0.4],
  ]),
  ridge(150, [
    [1, 48, 2.1],
    [3, 44, 2.9],
    [5, 16, 0.6],
    [8, 6, 1.8],
  ]),
  ridge(130, [
    [1, 62, 4.3],
    [2, 34, 3.4],
    [5, 10, 1.1],
  ]),
];
