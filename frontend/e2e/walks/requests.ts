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
    const [download] = await Promise.all([page.waitForEvent("download"), button(/^导出/).click()]);
    expect(download.suggestedFilename()).toMatch(/^requests-.*\.csv$/);
    expect(complaints).toEqual([]);
  });

  test("a long list is read on by scrolling, and only what is near is in the document", async () => {
    await page.setViewportSize({ width: 1280, height: 500 });
    const now = Date.now();
    // More requests than a walk can make: the gateway's own answers, many times over, each under an id and a time of its own.
    let pages = 0;
    await page.route(
      (url) => url.pathname === "/admin/v1/requests",
      async (route) => {
        const url = new URL(route.request().url());
        url.searchParams.delete("after");
        const response = await route.fetch({ url: url.href });
        const body = (await response.json()) as { items: Record<string, unknown>[]; next?: string; total?: number };
        const [model = {}] = body.items;
        pages += 1;
        body.items = Array.from({ length: 50 }, (_, index) => {
          const id = 1_000_000 - pages * 50 - index;
          return { ...model, id, request_id: `made-up-${id}`, time: new Date(now - (pages * 50 + index) * 1000).toISOString() };
        });
        await route.fulfill({ response, json: { ...body, next: "1-1", total: 200_000 } });
      },
    );
    await page.goto(`${servers.page}/requests?range=all`);
    await page.getByText("共 10,000 个以上").or(page.getByText("共 200,000 个以上")).first().waitFor();
    const rows = page.locator(".request-table tbody tr");
    const readOn = async () => {
      await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
      return pages;
    };
    await expect.poll(readOn, { timeout: 20_000 }).toBeGreaterThan(8);
    await expect.poll(() => rows.count()).toBeLessThan(300);
    // What was left behind is drawn again when it comes near.
    const newest = page.locator(".request-table tbody").first().getByRole("button").first();
    expect(await newest.count()).toBe(0);
    await page.evaluate(() => window.scrollTo(0, 0));
    await newest.waitFor();
    await page.unrouteAll();
    await page.setViewportSize({ width: 1280, height: 900 });
  });
}
