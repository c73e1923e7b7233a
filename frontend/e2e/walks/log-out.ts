import { expect, test } from "vitest";
import { button, page, servers } from "../walk.ts";

/** The end of a session. */
export function logOutWalk(): void {
  test("logging out leaves nothing behind", async () => {
    await button("退出登录").first().click();
    await page.locator("form").waitFor();
    expect(await page.evaluate(() => sessionStorage.getItem("refresh_token"))).toBeNull();
    await page.goto(`${servers.page}/keys`);
    await page.locator("form").waitFor();
  });
}
