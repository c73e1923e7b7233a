import { expect, test } from "vitest";
import { button, complaints, logIn, page, servers } from "../walk.ts";

/** Sessions: shared by tabs, and ended without losing what was typed. */
export function sessionWalk(): void {
  test("a second tab shares the session, and logging out there ends it here", async () => {
    const twin = await page.context().newPage();
    await twin.goto(`${servers.page}/keys`);
    await twin.locator(".row-button").first().waitFor();
    await button("退出登录", twin).first().click();
    await twin.locator("form").waitFor();
    await page.locator("form").waitFor();
    await twin.close();
    await logIn(page);
    await page.getByRole("navigation").first().waitFor();
    await page.goto(`${servers.page}/keys`);
  });

  test("a session that ends asks for the password over the page, and keeps what was typed", async () => {
    await page.locator("tbody tr").first().getByRole("button").click();
    const note = page.getByRole("complementary").getByLabel("备注");
    await note.fill("写到一半");
    await page.evaluate(() => sessionStorage.clear());
    const refused = (url: URL) => url.pathname.startsWith("/admin/v1/gemini-keys");
    await page.route(refused, (route) =>
      route.fulfill({
        status: 401,
        contentType: "application/problem+json",
        headers: { "Access-Control-Allow-Origin": "*" },
        body: JSON.stringify({ status: 401, code: "token_expired", title: "expired" }),
      }),
    );
    const dialog = page.getByRole("dialog", { name: "请重新登录" });
    await dialog.waitFor();
    await page.unroute(refused);
    await dialog.locator("input[autocomplete=current-password]").fill(servers.password);
    await dialog.getByRole("button", { name: "登录" }).click();
    await dialog.waitFor({ state: "detached" });
    expect(await note.inputValue()).toBe("写到一半");
    await page.getByRole("button", { name: "放弃" }).click();
    complaints.length = 0;
  });
}
