import { test } from "vitest";
import { picture } from "../browser.ts";
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
}
