import type { Overview } from "@/api/types";

/** What the pool can do in a minute: "4 projects × 10 RPM = 40 RPM". */
export interface Capacity {
  /** Projects with a key that can serve; all of them where not every one is listed. */
  n: number;
  /** Requests of the last minute. */
  used: number;
  /** Of all projects together; undefined where one's is not known. */
  total: number | undefined;
  /** Of each project, where it is the same for all. */
  same: number | undefined;
}

const out: readonly string[] = ["failing", "disabled", "removed"];

export function capacityOf({ projects, projects_total }: Pick<Overview, "projects" | "projects_total">): Capacity {
  const used = projects.reduce((sum, project) => sum + project.rpm_used, 0);
  const serving = projects.filter((project) => project.keys.some((key) => !out.includes(key.state)));
  if (projects.length < projects_total) return { n: projects_total, used, total: undefined, same: undefined };
  const limits = serving.map((project) => project.rpm_limit);
  const [first = null] = limits;
  if (first === null || limits.includes(null)) return { n: serving.length, used, total: undefined, same: undefined };
  const total = limits.reduce<number>((sum, limit) => sum + (limit ?? 0), 0);
  return { n: serving.length, used, total, same: limits.every((limit) => limit === first) ? first : undefined };
}
