import { expect, test } from "vitest";
import { button, complaints, page, servers } from "../walk.ts";

/** The list of requests. */
export function requestsWalk(): void {
  test("every request is listed, with its attempts", async () => {
    await page.goto(`${servers.page}/requests`);
    const failed = page.getByRole("row").filter({ hasText: "no-such-model" }).first();
    await failed.getByRole("button").click();
    await page.getByRole("list", { name: "每次尝试的时间" }).or(page.getByText("没有向上游发出过尝试。")).first().waitFor();
    await button("成功").click();
    await failed.waitFor({ state: "detached" });
    expect(new URL(page.url()).searchParams.get("status")).toBe("2xx");
    const [download] = await Promise.all([page.waitForEvent("download"), button("导出").click()]);
    expect(download.suggestedFilename()).toMatch(/^requests-.*\.csv$/);
    expect(complaints).toEqual([]);
  });
}
