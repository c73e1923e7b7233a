import { expect, test } from "vitest";
import { visit } from "../browser.ts";
import { sound } from "../eyes.ts";
import { button, goTo, logIn, open, see, text } from "../hands.ts";
import { browser, like, look, page, phone, servers, t } from "../walk.ts";

/** What frames every page, and the way from one to another. */
export function shellWalk(): void {
  test("each page has its title, and the way back leads to where one was", async () => {
    await open("/");
    await see(t("console.failures.title"));
    await goTo("models");
    await page.getByRole("switch").first().waitFor();
    await expect.poll(() => page.title()).toBe(`${t("models.title")} · ${t("product.name")}`);
    // A phone has no room for a heading below its top bar.
    if (!phone) await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe("H1");
    await page.evaluate(() => scrollTo(0, 300));
    await goTo("console");
    await button("7d").click();
    await button(new RegExp(`^${t("console.tiles.tokens")}`)).click();
    await expect.poll(() => new URL(page.url()).search).toBe("?range=7d&metric=tokens");
    await page.goBack();
    await page.getByRole("switch").first().waitFor();
    await expect.poll(() => page.evaluate(() => scrollY)).toBe(300);
    await page.goForward();
    await expect.poll(() => button("7d").getAttribute("aria-pressed")).toBe("true");
  });

  test("between a phone and a desk stands a rail of icons, which tell their word to a pointer", async () => {
    const size = page.viewportSize() ?? { width: 1280, height: 900 };
    await page.setViewportSize({ width: 900, height: 900 });
    const link = page
      .getByRole("navigation")
      .first()
      .getByRole("link", { name: t("nav.models") });
    const word = () => link.evaluate((element) => getComputedStyle(element, "::after").content);
    await link.waitFor();
    await sound("the rail of icons");
    await link.hover();
    expect(await word()).toContain(t("nav.models"));
    await page.setViewportSize({ width: 1280, height: 900 });
    expect(await word()).toBe("none");
    await page.setViewportSize(size);
  });

  test("a log-in that fails says why", async () => {
    const { page: fresh } = await visit(browser, look, { reducedMotion: "reduce" });
    await fresh.goto(servers.page);
    await fresh.locator("form").waitFor();
    const isLogin = (url: URL) => url.pathname === "/admin/v1/auth/login";
    const problem = (status: number, code: string, more = {}) => ({
      status,
      contentType: "application/problem+json",
      headers: { "Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After", ...more },
      body: JSON.stringify({ status, code, title: code }),
    });
    await fresh.route(isLogin, (route) => route.fulfill(problem(429, "too_many_attempts", { "Retry-After": "30" })));
    await logIn(fresh, "anything");
    await see(like("login.tooMany"), fresh);
    await fresh.unroute(isLogin);
    await fresh.route(isLogin, (route) => route.fulfill(problem(500, "internal")));
    await logIn(fresh, "anything");
    await see(t("error.internal"), fresh);
    await fresh.unroute(isLogin);
    await fresh.route(isLogin, (route) => route.abort());
    await logIn(fresh, "anything");
    await see(t("login.unreachable"), fresh);
    await fresh.unroute(isLogin);
    await text(t("login.gatewayUp"), fresh).waitFor();
    await logIn(fresh);
    await fresh.locator(".chart canvas").first().waitFor();
    await fresh.context().close();
  });
}
