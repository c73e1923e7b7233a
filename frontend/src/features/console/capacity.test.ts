import { describe, expect, test } from "vitest";
import type { Project } from "@/api/types";
import { capacityOf } from "./capacity";

function project(rpm_limit: number | null, ...states: Project["keys"][number]["state"][]): Project {
  const keys = states.map((state, id) => ({
    id,
    masked: "AIza••••••7f3Q",
    name: "",
    state,
    reason: null,
    rest_since: null,
    rest_until: null,
  }));
  return { name: "atlas", source: "marker", rpm_used: 3, rpm_limit, keys };
}

describe("capacity", () => {
  test("projects multiply a limit", () => {
    const projects = [project(10, "healthy"), project(10, "resting", "failing"), project(10, "unknown")];
    expect(capacityOf({ projects, projects_total: 3 })).toEqual({ n: 3, used: 9, total: 30, same: 10 });
  });

  test("unequal limits are summed up", () => {
    expect(capacityOf({ projects: [project(10, "healthy"), project(5, "healthy")], projects_total: 2 })).toMatchObject({
      total: 15,
      same: undefined,
    });
  });

  test("a project without a key that can serve counts for nothing", () => {
    const projects = [project(10, "healthy"), project(null, "failing"), project(10, "disabled")];
    expect(capacityOf({ projects, projects_total: 3 })).toMatchObject({ n: 1, total: 10, same: 10 });
    expect(capacityOf({ projects: [project(null, "failing")], projects_total: 1 })).toMatchObject({ n: 0, total: undefined });
  });

  test("one unknown limit leaves the total unknown, and so do projects that are not listed", () => {
    expect(capacityOf({ projects: [project(10, "healthy"), project(null, "healthy")], projects_total: 2 })).toMatchObject({
      n: 2,
      total: undefined,
    });
    expect(capacityOf({ projects: [project(10, "healthy")], projects_total: 70 })).toMatchObject({ n: 70, total: undefined });
  });
});
