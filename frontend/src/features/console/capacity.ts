import type { Overview } from "@/api/types";
import { type Language, shortFigure } from "@/text/format";

/** What stands in "4 projects × 10 RPM = 40 RPM"; what is not known is left out. */
export interface Equation {
  /** Of one project: "10", or "10–15" where they differ. */
  each: string | undefined;
  /** Of all: "40", or "≥ 40" where the limit of some is not known. */
  total: string | undefined;
}

export function equationOf({ projects, unknown, rpm_limit, rpm_least, rpm_most }: Overview["capacity"], language: Language): Equation {
  const figure = (value: number) => shortFigure(value, language);
  if (unknown >= projects) return { each: undefined, total: undefined };
  return {
    each: rpm_least === rpm_most ? figure(rpm_least) : `${figure(rpm_least)}–${figure(rpm_most)}`,
    total: `${unknown > 0 ? "≥ " : ""}${figure(rpm_limit)}`,
  };
}
