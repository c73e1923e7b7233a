import { expect, test } from "vitest";
import { nameOf, picture } from "../browser.ts";
import { sound } from "../eyes.ts";
import { button, goTo, open, row, see, tap, text, told } from "../hands.ts";
import { expectComplaints, like, look, page, phone, refusal, servers, t, unreachable } from "../walk.ts";

const lost = () => text(t("connection.down"));

/** A gateway that goes away, and comes back. */
export function awayWalk(): void {
  test("a gateway that goes away is told in words, and the page recovers by itself", async () => {
    await open("/models");
    await row("gemini-3.8-flash").waitFor();
    await servers.stopGateway();
    await lost().waitFor();
    await tap(page.getByRole("switch").first());
    await told(like("error.failed"));
    await tap(button(t("action.retryNow")).first());
    await goTo("system");
    await see(t("error.title"));
    await picture(page, `gateway-away-${nameOf(look)}`);
    await sound("a page without its gateway", unreachable);
    // This one knows its own address, so that it can be asked to keep itself awake.
    await servers.startGateway({ PUBLIC_URL: servers.api });
    await lost().waitFor({ state: "detached", timeout: 30_000 });
    await see(`SQLite · ${t("system.databaseOk")}`);
    await goTo("console");
    if (!phone) await see(t("console.live"));
    // A gateway that starts anew knows no access token from before.
    expectComplaints(unreachable, refusal(401));
  });

  test("a gateway that knows its own address is asked to keep awake", async () => {
    await open("/settings?section=health");
    const state = page.getByRole("group", { name: t("settings.keep.title") });
    await tap(button(t("settings.keep.ping"), state));
    await see(like("settings.keep.answered"), state);
    await sound("a gateway that reached itself");
  });

  test("a host that has to wake the gateway first is told in words, and the page goes on by itself", async () => {
    // A free host holds a request until it has started what it is for.
    let wake = () => {};
    const awake = new Promise<void>((done) => {
      wake = done;
    });
    await page.route(
      (url) => url.origin === servers.api,
      async (route) => {
        await awake;
        await route.continue();
      },
    );
    await open("/system");
    await see(t("connection.waking"));
    await sound("a gateway that wakes");
    wake();
    await see(`SQLite · ${t("system.databaseOk")}`);
    await text(t("connection.waking")).waitFor({ state: "detached" });
    await page.unrouteAll({ behavior: "ignoreErrors" });
    expectComplaints();
  });

  test("a page whose own files are missing says so, and is read anew", async () => {
    const settled = (url: URL) => url.pathname === "/config.json";
    await page.route(settled, (route) => route.fulfill({ status: 500, body: "" }));
    await open("/");
    await see(t("connection.bootFailed"));
    expectComplaints(/status of 500/);
    await sound("a page without its configuration");
    await page.unroute(settled);
    await tap(button(t("action.retry")));
    await see(t("console.failures.title"));
    // The server has a new version of the page; this one's files are gone.
    const chunk = (url: URL) => /\/assets\/(playground|files)-page/.test(url.pathname);
    await page.route(chunk, (route) => route.fulfill({ status: 404, body: "" }));
    await open("/playground");
    await see(t("error.outdatedTitle"));
    expectComplaints(/status of 404/, /dynamically imported module/);
    await sound("a page that is out of date");
    await page.unroute(chunk);
    await tap(button(t("error.reload")));
    await button(t("playground.make")).waitFor();
    expect(await page.title()).toContain(t("playground.title"));
  });
}
