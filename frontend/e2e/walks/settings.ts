import { expect, test } from "vitest";
import { adminToken, button, complaints, page, servers } from "../walk.ts";

/** Settings: told before they are saved, merged when they were changed elsewhere. */
export function settingsWalk(): void {
  test("a setting is changed, told before it is saved, and in force after", async () => {
    await page.goto(`${servers.page}/settings`);
    await page.getByLabel("最长排队 (秒)").fill("61");
    const bar = page.getByRole("region", { name: "未保存的更改" });
    await bar.getByRole("button", { name: "保存" }).click();
    await page.getByText("要在这个范围里：0–60 秒").waitFor();
    await page.getByLabel("最长排队 (秒)").fill("3");
    await page.getByText("依次轮流", { exact: true }).click();
    await bar.getByText(/最长排队 10 秒 → 3 秒/).waitFor();
    await page.getByRole("link", { name: "控制台" }).click();
    const question = page.getByRole("dialog", { name: "离开前保存更改吗？" });
    await question.waitFor();
    await page.keyboard.press("Escape");
    await question.waitFor({ state: "detached" });
    await page.keyboard.press("Control+s");
    await page.getByText("设置已保存").waitFor();
    await bar.waitFor({ state: "detached" });
    await page.reload();
    await expect.poll(() => page.getByLabel("最长排队 (秒)").inputValue()).toBe("3");
  });

  test("a setting shows what it usually is, goes back to it, and is found by the words of both languages", async () => {
    await page.getByRole("button", { name: "最长排队：恢复默认，10 秒" }).click();
    expect(await page.getByLabel("最长排队 (秒)").inputValue()).toBe("10");
    await button("放弃").click();
    await page.getByLabel("搜索设置").fill("longest wait");
    await expect.poll(() => page.locator("main .option").count()).toBe(1);
    await page.getByLabel("最长排队 (秒)").waitFor();
    await page.goto(`${servers.page}/settings`);
  });

  test("settings saved elsewhere meanwhile are told and merged", async () => {
    await page.getByLabel("最长排队 (秒)").fill("5");
    const token = await adminToken();
    const patch = (body: object) =>
      fetch(`${servers.api}/admin/v1/settings`, {
        method: "PATCH",
        headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
    expect((await patch({ queue_wait: 7, max_key_attempts: 9 })).status).toBe(200);
    await page.keyboard.press("Control+s");
    await page.getByText("设置刚在别处改过").waitFor();
    await page.getByText("最长排队两边都改了：别处是 7 秒，你的是 5 秒").waitFor();
    await button("合并并保存").click();
    await page.getByText("设置刚在别处改过").waitFor({ state: "detached" });
    await page.reload();
    await expect.poll(() => page.getByLabel("最长排队 (秒)").inputValue()).toBe("5");
    expect(await page.getByLabel("最多试几个密钥 (个)").inputValue()).toBe("9");
    await patch({ queue_wait: null, max_key_attempts: null, strategy: null });
    complaints.length = 0; // the browser itself writes a line for the 412 that was wanted
  });
}
