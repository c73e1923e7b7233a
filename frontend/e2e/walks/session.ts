import { expect, test } from "vitest";
import { sound } from "../eyes.ts";
import { button, close, field, keyPanel, logIn, open, openers, see, tap } from "../hands.ts";
import { expectComplaints, page, phone, refusal, servers, t } from "../walk.ts";

/** Sessions: shared by tabs, and ended without losing what was typed. */
export function sessionWalk(): void {
  test("a second tab shares the session, and logging out there ends it here", async () => {
    const twin = await page.context().newPage();
    // A new tab asks the others only for a moment, in which a busy machine may not get to answer.
    const entered = async () => {
      await twin.goto(`${servers.page}/keys`);
      await twin.locator(".row-button, form").first().waitFor();
      return twin.locator(".row-button").first().isVisible();
    };
    await expect.poll(entered, { timeout: 15_000 }).toBe(true);
    if (phone) await tap(button(t("nav.more"), twin));
    await tap(twin.getByRole(phone ? "menuitem" : "button", { name: t("action.logOut"), exact: true }));
    await twin.locator("form").waitFor();
    await page.locator("form").waitFor();
    await twin.close();
    await logIn(page);
    await page.getByRole("navigation").first().waitFor();
    await open("/keys");
  });

  test("a session that ends asks for the password over the page, and keeps what was typed", async () => {
    await tap(openers().first());
    const note = field(t("drawer.note"), keyPanel());
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
    const again = page.getByRole("dialog", { name: t("login.againTitle") });
    await again.waitFor();
    expectComplaints(refusal(401));
    await page.unroute(refused);
    await logIn(page, "wrong");
    await see(t("login.wrong"), again);
    expectComplaints(refusal(401));
    await sound("a log-in over the page");
    await again.locator("input[autocomplete=current-password]").fill(servers.password);
    await tap(button(t("login.submit"), again));
    await again.waitFor({ state: "detached" });
    expect(await note.inputValue()).toBe("写到一半");
    await tap(button(t("action.discard"), keyPanel()));
    await close();
    expectComplaints(refusal(401));
  });
}
