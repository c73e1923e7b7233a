import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { violations } from "../browser.ts";
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

  test("many keys are changed at once, and what was removed comes back", async () => {
    await page.goto(`${servers.page}/keys`);
    const bar = page.getByRole("region", { name: "批量操作" });
    await page.getByRole("checkbox", { name: "选择本页所有密钥" }).click();
    await bar.getByText(`已选 ${servers.keys.length} 个`).waitFor();
    await page.getByRole("checkbox", { name: "选择 北极星-01" }).click();
    await bar.getByText(`已选 ${servers.keys.length - 1} 个`).waitFor();
    await bar.getByRole("button", { name: "权重" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("权重").fill("101");
    await page.keyboard.press("Enter");
    await dialog.getByText("填 1 到 100 的整数").waitFor();
    expect(await violations(page)).toEqual([]);
    await dialog.getByLabel("权重").fill("3");
    await page.keyboard.press("Enter");
    await page.getByText(`已修改 ${servers.keys.length - 1} 个密钥的权重`).waitFor();
    await bar.waitFor({ state: "detached" });
    await page.getByRole("checkbox", { name: "选择 北极星-01" }).click();
    await bar.getByRole("button", { name: "移除" }).click();
    await page.getByText("已移除 1 个密钥").waitFor();
    await button("撤销").click();
    await page.getByText("已恢复 1 个密钥").waitFor();
    await expect.poll(() => page.locator("tbody tr").count()).toBe(servers.keys.length);
    expect(complaints).toEqual([]);
  });

  test("all keys are checked, and the list goes into a file with its keys masked", async () => {
    await button("全部检测").click();
    await page.getByText(`检测完 ${servers.keys.length} 个密钥，1 个不可用`).waitFor();
    await button("查看").click();
    await expect.poll(() => page.locator("tbody tr").count()).toBe(1);
    await page.goto(`${servers.page}/keys`);
    await button("更多操作").click();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: /导出列表/ }).click()]);
    const text = await readFile(await download.path(), "utf8");
    expect(text.trimEnd().split("\n")).toHaveLength(servers.keys.length + 1);
    for (const key of servers.keys) expect(text).not.toContain(key);
    expect(complaints).toEqual([]);
  });

  test("keys are listed by project, which is searched among all", async () => {
    await page.goto(`${servers.page}/keys`);
    await button("所有项目").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "所有项目" }).waitFor();
    expect(await violations(page)).toEqual([]);
    await dialog.getByLabel("搜索项目").fill("none of that name");
    await dialog.getByText("没有符合的项目").waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.locator("tbody tr").first().getByRole("button").click();
    const drawer = page.getByRole("complementary", { name: "密钥详情" });
    await drawer.getByLabel("项目").fill("atlas-10");
    await drawer.getByRole("button", { name: "保存" }).click();
    await page.getByText(/^已保存/).waitFor();
    await button("所有项目").click();
    await dialog.getByLabel("搜索项目").fill("LAS-1");
    await dialog.getByRole("button", { name: /^atlas-10/ }).click();
    await expect.poll(() => page.locator("tbody tr").count()).toBe(1);
    await page.goto(`${servers.page}/keys?key=1`);
    await drawer.getByLabel("项目").fill("");
    await drawer.getByRole("button", { name: "保存" }).click();
    await page.getByText(/^已保存/).waitFor();
    expect(complaints).toEqual([]);
  });

  test("what the gateway refuses is taken back, and said", async () => {
    await page.goto(`${servers.page}/keys?key=1`);
    const drawer = page.getByRole("complementary", { name: "密钥详情" });
    await page.route("**/gemini-keys/1", (route) => (route.request().method() === "PATCH" ? route.abort() : route.continue()));
    await drawer.getByRole("button", { name: "停用" }).click();
    await page.getByText("没有完成：没连上网关").waitFor();
    await drawer.getByRole("button", { name: "停用" }).waitFor();
    await page.unroute("**/gemini-keys/1");
    complaints.length = 0; // the browser itself writes a line for the answer that never came
  });

  test("removed keys come back, many at once, beside what the next cleanup would take", async () => {
    await page.goto(`${servers.page}/keys`);
    await page.getByRole("checkbox", { name: "选择本页所有密钥" }).click();
    await page.getByRole("region", { name: "批量操作" }).getByRole("button", { name: "移除" }).click();
    await page.getByText(`已移除 ${servers.keys.length} 个密钥`).waitFor();
    await page.getByText("还没有密钥").waitFor();
    await page.getByRole("tab", { name: /已移除/ }).click();
    await page.getByRole("group", { name: "清理预览" }).waitFor();
    await expect.poll(() => page.locator("tbody tr").count()).toBe(servers.keys.length);
    expect(await violations(page)).toEqual([]);
    await page.locator("tbody tr").first().getByRole("button", { name: "恢复" }).click();
    await expect.poll(() => page.locator("tbody tr").count()).toBe(servers.keys.length - 1);
    await page.getByRole("checkbox", { name: "选择本页所有密钥" }).click();
    await page.getByRole("region", { name: "批量操作" }).getByRole("button", { name: "恢复" }).click();
    await page.getByText(`已恢复 ${servers.keys.length - 1} 个密钥`).waitFor();
    await page.getByText("没有移除过的密钥").waitFor();
    expect(complaints).toEqual([]);
  });

  test("the keys that share a project are found", async () => {
    await page.goto(`${servers.page}/keys`);
    await button("更多操作").click();
    await page.getByRole("menuitem", { name: "查明所属项目" }).click();
    await page.getByText(/查明了 \d+ 个密钥，分属 \d+ 个项目/).waitFor();
    expect(complaints).toEqual([]);
  });
}
