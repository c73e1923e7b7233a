import type { ReactNode } from "react";
import type { Path } from "./path";

/** Small drawings of what a choice does; they take the card's colour. The words beside them say the same. */
export function drawing(path: Path, option: string): ReactNode {
  return (
    <svg viewBox="0 0 112 46" aria-hidden="true" fill="none" stroke="currentColor" strokeWidth="1.5">
      {shapes[`${path}.${option}`]}
    </svg>
  );
}

/** Four vessels, each filled to a level; the chosen one is dark and has an arrow. */
function vessels(levels: readonly number[], chosen: number): ReactNode {
  return (
    <>
      {levels.map((level, index) => {
        const x = 5 + index * 28;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a fixed drawing
          <g key={index}>
            <rect x={x} y="4" width="18" height="38" rx="5.5" opacity=".55" />
            <rect
              x={x}
              y={42 - level}
              width="18"
              height={level}
              rx="5"
              fill="currentColor"
              stroke="none"
              opacity={index === chosen ? 1 : 0.3}
            />
          </g>
        );
      })}
      <path d={`M${14 + chosen * 28} 9v13m-4.5-4.5 4.5 4.5 4.5-4.5`} strokeWidth="1.75" />
    </>
  );
}

function bars(heights: readonly number[]): ReactNode {
  return heights.map((height, index) => (
    <rect
      // biome-ignore lint/suspicious/noArrayIndexKey: a fixed drawing
      key={index}
      x={5 + index * 28}
      y={42 - height}
      width="18"
      height={height}
      rx="4.5"
      fill="currentColor"
      stroke="none"
      opacity={0.4 + height / 60}
    />
  ));
}

const circles = [12, 41, 71, 100];

/** A bar of time: where it starts, how long it is, and what it is. */
type Stretch = readonly [start: number, length: number, kind: "fail" | "wait" | "done"];

function timeline(stretches: readonly Stretch[]): ReactNode {
  return stretches.map(([start, length, kind]) =>
    kind === "wait" ? (
      <path key={start} d={`M${start + 2} 23h${length - 4}`} strokeDasharray="2 4" opacity=".7" />
    ) : (
      <rect
        key={start}
        x={start}
        y="17"
        width={length}
        height="12"
        rx="4"
        stroke="none"
        fill={kind === "fail" ? "var(--bad-fill)" : "currentColor"}
      />
    ),
  );
}

function blocks(y: number, widths: readonly number[], gap: number): ReactNode {
  let x = 10;
  return widths.map((width) => {
    const at = x;
    x += width + gap;
    return <rect key={at} x={at} y={y} width={width} height="11" rx="3.5" fill="currentColor" stroke="none" opacity={0.55 + at / 250} />;
  });
}

/** Three lines of a chat: the operator's text is full, the others faint. */
function lines(marked: number): ReactNode {
  return [6, 20, 34].map((y, index) => (
    <rect
      key={y}
      x={index === 0 ? 8 : 28}
      y={y}
      width={index === 0 ? 96 : 76}
      height="7"
      rx="3.5"
      fill="currentColor"
      stroke="none"
      opacity={index === marked ? 1 : 0.28}
    />
  ));
}

/** A line of text with symbols before and after it: filled ones show, dashed ones do not. */
function symbols(before: number, after: number, hidden = 0): ReactNode {
  const start = 30;
  const dot = (x: number) => <circle key={x} cx={x} cy="23" r="4" fill="currentColor" stroke="none" />;
  return (
    <>
      <rect x={start} y="18" width="52" height="10" rx="5" fill="currentColor" stroke="none" opacity=".28" />
      {Array.from({ length: before }, (_, index) => dot(start - 8 - index * 11))}
      {Array.from({ length: after }, (_, index) => dot(start + 60 + index * 11))}
      {Array.from({ length: hidden }, (_, index) => {
        const x = start + 60 + (after + index) * 11;
        return <circle key={x} cx={x} cy="23" r="3.6" strokeDasharray="2 2" />;
      })}
    </>
  );
}

const shapes: Readonly<Record<string, ReactNode>> = {
  "strategy.adaptive": bars([34, 14, 25, 9]),
  "strategy.least_used": vessels([26, 32, 10, 22], 2),
  "strategy.round_robin": (
    <>
      <path d="M12 26H100" strokeDasharray="2 4" />
      <path d="M106 26c9-2 9-18-4-18H10c-13 0-13 16-4 18" opacity=".55" />
      {circles.map((x, index) => (
        <circle key={x} cx={x} cy="26" r="6.5" strokeWidth="1.75" fill={index === 1 ? "currentColor" : "var(--glass-solid)"} />
      ))}
    </>
  ),
  "fast_failover.true": timeline([
    [4, 20, "fail"],
    [27, 14, "fail"],
    [44, 64, "done"],
  ]),
  "fast_failover.false": timeline([
    [4, 16, "fail"],
    [20, 18, "wait"],
    [38, 14, "fail"],
    [52, 30, "wait"],
    [82, 26, "done"],
  ]),
  "stream_mode.auto": (
    <>
      {blocks(9, [12, 12, 12, 12, 12], 8)}
      {blocks(27, [92], 0)}
    </>
  ),
  "stream_mode.stream": blocks(18, [12, 12, 12, 12, 12], 8),
  "stream_mode.non_stream": blocks(18, [92], 0),
  "prompt_injection.position.system": lines(0),
  "prompt_injection.position.user_prefix": lines(1),
  "prompt_injection.position.user_suffix": lines(2),
  "symbol_injection.strategy.auto": (
    <>
      {symbols(0, 0)}
      <circle cx="22" cy="23" r="4" opacity=".6" />
      <circle cx="90" cy="23" r="4" fill="currentColor" stroke="none" />
    </>
  ),
  "symbol_injection.strategy.prefix": symbols(2, 0),
  "symbol_injection.strategy.suffix": symbols(0, 2),
  "symbol_injection.strategy.wrap": symbols(2, 2),
  "symbol_injection.strategy.invisible": symbols(0, 0, 2),
  "symbol_injection.strategy.mixed": symbols(0, 1, 1),
};
