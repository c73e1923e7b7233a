import { expect, test } from "vitest";
import { picture, violations } from "../browser.ts";
import { complaints, page, servers } from "../walk.ts";

/** A gateway that goes away, and comes back. */
export function awayWalk(): void {
  test("a gateway that goes away is told in words, and the page recovers by itself", async () => {
    await page.goto(servers.page);
    await page.getByText("最近的失败").waitFor();
    await servers.stopGateway();
    await page.getByText("没连上网关", { exact: true }).waitFor();
    await picture(page, "gateway-away");
    await servers.startGateway();
    await page.getByText("没连上网关", { exact: true }).waitFor({ state: "detached", timeout: 30_000 });
    await page.getByText("实时").waitFor();
    complaints.length = 0;
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
    await page.goto(`${servers.page}/system`);
    await page.getByText("正在唤醒网关", { exact: true }).waitFor();
    expect(await violations(page)).toEqual([]);
    wake();
    await page.getByText("SQLite · 正常").waitFor();
    await page.getByText("正在唤醒网关", { exact: true }).waitFor({ state: "detached" });
    await page.unrouteAll({ behavior: "ignoreErrors" });
    complaints.length = 0;
  });
}
