import { expect, test } from "vitest";
import { sound } from "../eyes.ts";
import { button, dialog, logIn, logOut, open, see, tap } from "../hands.ts";
import { complaints, expectComplaints, like, page, refusal, servers, t } from "../walk.ts";

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
  test("no stranger's script or style runs on the page, and one that would is told of", async () => {
    const response = await page.goto(servers.page);
    const policy = response?.headers()["content-security-policy"] ?? "";
    for (const kind of ["default-src", "script-src", "style-src"]) expect(policy).toMatch(new RegExp(`${kind} 'self'(;|$)`));
    expect(policy).not.toMatch(/unsafe|data: *;.*script/);
    expect(complaints).toEqual([]);
    const ran = await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "window.strange = true";
      const style = document.createElement("style");
      style.textContent = "body { --strange: 1 }";
      document.head.append(script, style);
      document.body.setAttribute("style", "--strange: 2");
      document.body.setAttribute("onclick", "window.strange = true");
      document.body.click();
      document.body.removeAttribute("onclick");
      return "strange" in window || getComputedStyle(document.body).getPropertyValue("--strange") !== "";
    });
    expect(ran).toBe(false);
    const stopped = ["script-src-elem", "style-src-elem", "style-src-attr", "script-src-attr"];
    for (const kind of stopped) await expect.poll(() => complaints.join("\n")).toContain(`policy: ${kind} stopped inline`);
    expectComplaints(/^policy: /, /Content Security Policy/);
  });

  test("logging out leaves nothing behind", async () => {
    const before = await stores();
    const token = await page.evaluate(() => sessionStorage.getItem("refresh_token"));
    expect(token).toBeTruthy();
    for (const kept of [before.local, before.cookies, before.databases]) {
      expect(kept).not.toContain(token);
      expect(kept).not.toMatch(/eyJ|sk-/);
    }
    await logOut();
    for (const kept of Object.values(await stores())) {
      expect(kept).not.toContain(token);
      expect(kept).not.toMatch(/eyJ|sk-/);
    }
    await open("/keys");
    await page.locator("form").waitFor();
  });

  test("all sessions are ended at once, and who guesses has to wait", async () => {
    await logIn(page);
    await page.getByRole("navigation").first().waitFor();
    await open("/system");
    await tap(button(t("system.endAll")));
    await tap(button(t("system.endAllNow"), dialog()));
    await page.locator("form").waitFor();
    expectComplaints(refusal(401));
    for (let guess = 0; guess < 5; guess += 1) {
      await logIn(page, `guess ${guess}`);
      await page.getByRole("alert").waitFor();
    }
    await logIn(page, "one more guess");
    await see(like("login.tooMany"));
    expectComplaints(refusal(401), refusal(429));
    await sound("a log-in that has to wait");
  });
}
