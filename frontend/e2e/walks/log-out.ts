import { expect, test } from "vitest";
import { button, page, servers } from "../walk.ts";

/** Where a browser could keep what it was given, each as one text. */
function stores(): Promise<Record<"session" | "local" | "cookies" | "databases", string>> {
  return page.evaluate(async () => ({
    session: JSON.stringify(sessionStorage),
    local: JSON.stringify(localStorage),
    cookies: document.cookie,
    databases: JSON.stringify(await indexedDB.databases()),
  }));
}

/** The end of a session. */
export function logOutWalk(): void {
  test("no stranger's script runs on the page", async () => {
    const response = await page.goto(servers.page);
    expect(response?.headers()["content-security-policy"]).toContain("script-src 'self';");
    const ran = await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "window.strange = true";
      document.head.append(script);
      return "strange" in window;
    });
    expect(ran).toBe(false);
  });

  test("logging out leaves nothing behind", async () => {
    const before = await stores();
    const token = await page.evaluate(() => sessionStorage.getItem("refresh_token"));
    expect(token).toBeTruthy();
    for (const kept of [before.local, before.cookies, before.databases]) {
      expect(kept).not.toContain(token);
      expect(kept).not.toMatch(/eyJ|sk-/);
    }
    await button("退出登录").first().click();
    await page.locator("form").waitFor();
    for (const kept of Object.values(await stores())) {
      expect(kept).not.toContain(token);
      expect(kept).not.toMatch(/eyJ|sk-/);
    }
    await page.goto(`${servers.page}/keys`);
    await page.locator("form").waitFor();
  });
}
