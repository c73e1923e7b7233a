import { expect, test } from "vitest";
import { visit } from "../browser.ts";
import { browser, button, complaints, logIn, page, servers } from "../walk.ts";

/** What frames every page, and the way from one to another. */
export function shellWalk(): void {
  test("each page has its title and takes the focus, and the way back leads to where one was", async () => {
    await page.goto(servers.page);
    await page.getByText("最近的失败").waitFor();
    const here = () => page.evaluate(() => [document.title, document.activeElement?.tagName]);
    const rail = page.getByRole("navigation").first();
    await rail.getByRole("link", { name: "模型" }).click();
    await page.getByRole("switch").first().waitFor();
    await expect.poll(here).toEqual(["模型 · Gemini Proxy", "H1"]);
    await page.evaluate(() => scrollTo(0, 300));
    await rail.getByRole("link", { name: "控制台" }).click();
    await button("7d").click();
    await button(/^今日 Token/).click();
    await expect.poll(() => new URL(page.url()).search).toBe("?range=7d&metric=tokens");
    await page.goBack();
    await page.getByRole("switch").first().waitFor();
    await expect.poll(() => page.evaluate(() => scrollY)).toBe(300);
    await page.goForward();
    await expect.poll(() => button("7d").getAttribute("aria-pressed")).toBe("true");
    expect(complaints).toEqual([]);
  });

  test("icons without a word tell it to a pointer", async () => {
    await page.setViewportSize({ width: 900, height: 900 });
    const link = page.getByRole("navigation").first().getByRole("link", { name: "模型" });
    await link.hover();
    expect(await link.evaluate((element) => getComputedStyle(element, "::after").content)).toContain("模型");
    await page.setViewportSize({ width: 1280, height: 900 });
    expect(await link.evaluate((element) => getComputedStyle(element, "::after").content)).toBe("none");
  });

  test("a log-in that fails says why", async () => {
    const { page: fresh } = await visit(browser, { width: 390, locale: "en-US", theme: "light" }, { reducedMotion: "reduce" });
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
    await fresh.getByText(/Too many attempts. Try again in \d+ s/).waitFor();
    await fresh.unroute(isLogin);
    await fresh.route(isLogin, (route) => route.fulfill(problem(500, "internal")));
    await logIn(fresh, "anything");
    await fresh.getByText("Something failed inside the gateway").waitFor();
    await fresh.unroute(isLogin);
    await fresh.route(isLogin, (route) => route.abort());
    await logIn(fresh, "anything");
    await fresh.getByText("so you are not logged in yet").waitFor();
    await fresh.unroute(isLogin);
    await fresh.getByText("Gateway is up").waitFor();
    await logIn(fresh);
    await fresh.locator(".chart canvas").first().waitFor();
    await fresh.context().close();
  });
}
