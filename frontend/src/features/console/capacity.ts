import type { Overview } from "@/api/types";
import { whole } from "@/text/format";

/** What stands in "4 projects × 10 RPM = 40 RPM"; what is not known is left out. */
export interface Equation {
  /** Of one project: "10", or "10–15" where they differ. */
  each: string | undefined;
  /** Of all: "40", or "≥ 40" where the limit of some is not known. */
  total: string | undefined;
}

export function equationOf({ projects, unknown, rpm_limit, rpm_least, rpm_most }: Overview["capacity"]): Equation {
  if (unknown >= projects) return { each: undefined, total: undefined };
  return {
    each: rpm_least === rpm_most ? whole(rpm_least) : `${whole(rpm_least)}–${whole(rpm_most)}`,
    total: `${unknown > 0 ? "≥ " : ""}${whole(rpm_limit)}`,
  };
}
