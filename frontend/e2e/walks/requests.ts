import { expect, test } from "vitest";
import { sound } from "../eyes.ts";
import { button, download, field, menuItem, open, pick, row, see, tap } from "../hands.ts";
import { page, phone, servers, t } from "../walk.ts";

const filter = (label: string, chosen: string) => `${label}: ${chosen}`;
const searched = (name: string) => new URL(page.url()).searchParams.get(name);

/** The list of requests. */
export function requestsWalk(): void {
  test("every request is listed, with its attempts", async () => {
    await open("/requests");
    const refused = row("no-such-model");
    await tap(refused.getByRole("button").first());
    await page
      .getByRole("list", { name: t("requests.timeline") })
      .or(page.getByText(t("requests.noAttempts")))
      .first()
      .waitFor();
    await sound("a request that was refused");
    await tap(refused.getByRole("button").first());
    await tap(button(t("requests.status.2xx")));
    await refused.waitFor({ state: "detached" });
    expect(searched("status")).toBe("2xx");
    await tap(row("gemini-3.8-flash").getByRole("button").first());
    await page.getByRole("list", { name: t("requests.timeline") }).waitFor();
    await sound("a request that was answered");
    await tap(button(t("action.copy")));
    await see(t("action.copied"));
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^\w{16,}$/);
    await tap(page.getByRole("link", { name: "walk", exact: true }));
    await expect.poll(() => searched("user")).not.toBeNull();
  });

  test("requests are narrowed down, by the address too, and exported", async () => {
    await open("/requests");
    await row("gemini").waitFor();
    await tap(button(filter(t("requests.range.label"), t("requests.range.24h"))));
    await sound("the times of requests");
    await tap(menuItem(t("requests.range.7d")));
    await pick(filter(t("requests.column.model"), t("requests.allModels")), "gemini-3.8-flash");
    await pick(filter(t("requests.column.user"), t("requests.allUsers")), "walk");
    await row("gemini-flash-latest").waitFor({ state: "detached" });
    expect([searched("range"), searched("model"), searched("user")]).toEqual(["7d", "gemini-3.8-flash", expect.any(String)]);
    for (const name of [t("requests.status.4xx"), t("requests.status.5xx"), t("requests.stream")]) await tap(button(name));
    await see(t("requests.noMatchTitle"));
    await sound("no request matches");
    await tap(button(t("requests.clear")));
    await row("no-such-model").waitFor();
    const search = field(t("requests.searchLabel"));
    await search.fill("chatcmpl-of-nobody");
    await see(t("requests.noMatchTitle"));
    await tap(button(t("action.clear")));
    await row("no-such-model").waitFor();
    if (!phone) {
      await tap(button(t("requests.pause")));
      await see(t("requests.paused"));
      await tap(button(t("requests.resume")));
      await see(t("requests.live"));
    }
    const { name } = await download(() => tap(button(t("requests.export"))));
    expect(name).toMatch(/^requests-.*\.csv$/);
    await open("/requests?key=1");
    await tap(button(t("requests.oneKey", { id: 1 })));
    await expect.poll(() => searched("key")).toBeNull();
  });

  test("a long list is read on by scrolling, and only what is near is in the document", async () => {
    const size = page.viewportSize() ?? { width: 1280, height: 900 };
    await page.setViewportSize({ ...size, height: 500 });
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
    await page
      .getByText(t("requests.shownOfMany", { shown: 50, total: "10,000" }))
      .or(page.getByText(/200,000/))
      .first()
      .waitFor();
    const rows = page.locator("main").locator(".request-table tbody tr, section > ul > li");
    const readOn = async () => {
      await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
      return pages;
    };
    await expect.poll(readOn, { timeout: 20_000 }).toBeGreaterThan(8);
    await expect.poll(() => rows.count()).toBeLessThan(300);
    // What was left behind is drawn again when it comes near.
    const newest = page.locator("main").locator(".request-table tbody, section > ul").first().getByRole("button").first();
    expect(await newest.count()).toBe(0);
    await page.evaluate(() => window.scrollTo(0, 0));
    await newest.waitFor();
    await page.unrouteAll();
    await page.setViewportSize(size);
  });
}
