import { expect, test } from "vitest";
import { button, complaints, page, servers } from "../walk.ts";

/** What can be done to a Gemini key. */
export function geminiKeysWalk(): void {
  test("a key is renamed, disabled, checked, removed and brought back", async () => {
    await page.goto(`${servers.page}/keys`);
    await page.locator("tbody tr").first().getByRole("button").click();
    const drawer = page.getByRole("complementary", { name: "密钥详情" });
    await drawer.getByLabel("名称").fill("北极星-01");
    await drawer.getByRole("button", { name: "保存" }).click();
    await page.getByText("已保存 北极星-01").waitFor();
    await drawer.getByRole("button", { name: "停用" }).click();
    await page.getByText("已停用 北极星-01").waitFor();
    await drawer.getByRole("button", { name: "启用" }).click();
    await page.getByText("已启用 北极星-01").waitFor();
    await drawer.getByRole("button", { name: "检测" }).click();
    await page.getByText(/北极星-01 可用/).waitFor();
    await drawer.getByRole("button", { name: "移除" }).click();
    await page.getByText("已移除 北极星-01").waitFor();
    await drawer.waitFor({ state: "detached" });
    await expect.poll(() => page.locator("tbody tr").count()).toBe(servers.keys.length - 1);
    await button("撤销").click();
    await page.getByText("已恢复 北极星-01").waitFor();
    await expect.poll(() => page.locator("tbody tr").count()).toBe(servers.keys.length);
    expect(complaints).toEqual([]);
  });
}
