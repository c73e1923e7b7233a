import { expect, test } from "vitest";
import { sound } from "../eyes.ts";
import { button, dialog, download, field, menuItem, open, pick, row, see, tap, told } from "../hands.ts";
import { like, page, phone, servers, t } from "../walk.ts";

const filter = (label: string, chosen: string) => `${label}: ${chosen}`;
const searched = (name: string) => new URL(page.url()).searchParams.get(name);

/** Does something with the list as a whole, which a phone has in a menu. */
const act = (name: string | RegExp) => (phone ? pick(t("requests.tools"), name) : tap(button(name)));

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
    await tap(page.getByRole("link", { name: t("requests.only", { what: "walk" }), exact: true }));
    await expect.poll(() => searched("user")).not.toBeNull();
  });

  test("requests are narrowed down, by the address too, and exported", async () => {
    await open("/requests");
    await row("gemini").waitFor();
    await tap(button(filter(t("requests.range.label"), t("requests.range.24h"))));
    await sound("the times of requests");
    await tap(menuItem(t("requests.range.7d")));
    await pick(filter(t("requests.column.model"), t("requests.allModels")), "gemini-3.8-flash");
    await tap(button(filter(t("requests.column.user"), t("requests.allUsers"))));
    await page.getByRole("searchbox", { name: t("requests.column.user") }).fill("wal");
    await menuItem("walk").waitFor();
    await sound("the users of requests");
    await tap(menuItem("walk"));
    await row("gemini-flash-latest").waitFor({ state: "detached" });
    expect([searched("range"), searched("model"), searched("user")]).toEqual(["7d", "gemini-3.8-flash", expect.any(String)]);
    const chips = page.getByRole("group", { name: t("requests.narrow") });
    const words = [t("requests.retried"), ...(["2xx", "4xx", "5xx"] as const).map((one) => t(`requests.status.${one}`))];
    for (const name of [...words, t("requests.whole"), t("requests.stream")]) await tap(button(name, chips));
    await see(t("requests.noMatchTitle"));
    await sound("no request matches");
    await tap(button(t("requests.clear")));
    await row("no-such-model").waitFor();
    await pick(filter(t("requests.reason"), t("requests.anyReason")), t("outcome.model_not_found"));
    await row("gemini-3.8-flash").waitFor({ state: "detached" });
    await open("/requests");
    await tap(button(filter(t("requests.column.key"), t("requests.allKeys"))));
    await menuItem(/key-02/).waitFor();
    await tap(menuItem(/key-02/));
    await expect.poll(() => searched("key")).not.toBeNull();
  });

  test("requests are looked for by their id and in a time of one's own, and are exported", async () => {
    await open("/requests");
    const search = field(t("requests.searchLabel"));
    await search.fill("of-nobody");
    await see(t("requests.noMatchTitle"));
    await tap(button(t("action.clear")));
    await row("no-such-model").waitFor();
    await pick(filter(t("requests.range.label"), t("requests.range.24h")), t("requests.range.own"));
    await field(t("requests.range.to"), dialog()).fill("2020-01-01T00:00");
    await see(t("requests.range.order"), dialog());
    await sound("a time that ends before it begins");
    await field(t("requests.range.to"), dialog()).fill("2099-01-01T00:00");
    await tap(button(t("requests.range.take"), dialog()));
    await row("no-such-model").waitFor();
    await act(t("requests.pause"));
    if (!phone) await see(t("requests.paused"));
    await act(t("requests.resume"));
    const { name } = await download(() => act(like("requests.exportSome")));
    expect(name).toMatch(/^requests-.*\.csv$/);
    await told(like("requests.exported"));
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
    const rows = page.locator("main").locator(".request-table tbody tr, section ul > li");
    const readOn = async () => {
      await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
      return pages;
    };
    await expect.poll(readOn, { timeout: 20_000 }).toBeGreaterThan(8);
    await expect.poll(() => rows.count()).toBeLessThan(300);
    // What was left behind is drawn again when it comes near.
    const newest = page.locator("main").locator(".request-table tbody, section ul").first().getByRole("button").first();
    expect(await newest.count()).toBe(0);
    await page.evaluate(() => window.scrollTo(0, 0));
    await newest.waitFor();
    await page.unrouteAll();
    await page.setViewportSize(size);
  });
}
