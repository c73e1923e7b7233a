import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { adminToken, button, complaints, page, servers } from "../walk.ts";

const passphrase = "four unrelated words here";

/** The gateway itself: what was changed, the admin's password, a backup and its way back. */
export function systemWalk(): void {
  test("the system page tells of the gateway, its sessions, and what was changed", async () => {
    await page.goto(`${servers.page}/system`);
    await page.getByText("SQLite · 正常").waitFor();
    await page.getByText("1 个", { exact: true }).waitFor();
    await page.getByText("这里", { exact: true }).waitFor();
    const audit = page.locator("section[aria-labelledby=audit]");
    await audit.getByRole("button", { name: "设置", exact: true }).click();
    const entries = audit.locator("li");
    await expect
      .poll(async () => new Set(await entries.locator("span[title^=updateSettings]").allTextContents()))
      .toEqual(new Set(["修改了设置"]));
    await entries
      .getByText("最长排队")
      .filter({ hasText: /10 秒.*3 秒/ })
      .first()
      .waitFor();
    await audit.getByRole("button", { name: "近 24 小时" }).click();
    expect(new URL(page.url()).search).toContain("kind=settings&span=24h");
    const [table] = await Promise.all([page.waitForEvent("download"), button("导出 CSV").click()]);
    expect(table.suggestedFilename()).toMatch(/^audit-[\d-]+\.csv$/);
    const rows = (await readFile(await table.path(), "utf8")).trimEnd().split("\n");
    expect(rows[0]).toBe("\ufeffid,time,username,address,action,target,before,after,request_id");
    expect(rows.slice(1).every((row) => row.includes(",updateSettings,"))).toBe(true);
    await page.getByLabel("操作人、地址或对象").fill("nobody-is-called-this");
    await page.getByText("没有符合的记录").waitFor();
    await button("看全部").click();
    await page.getByText("新建了用户密钥").first().waitFor();
    await button("修改密码").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("现在的密码").fill("wrong password");
    await dialog.getByLabel("新密码").fill("another long password");
    await dialog.getByText("很难猜到").waitFor();
    await dialog.getByLabel("再输一次").fill("another long passwort");
    await dialog.getByRole("button", { name: "保存" }).click();
    await dialog.getByText("两次输入的不一样").waitFor();
    await dialog.getByLabel("再输一次").fill("another long password");
    await dialog.getByRole("button", { name: "保存" }).click();
    await dialog.getByText("密码不对").waitFor();
    await page.keyboard.press("Escape");
    complaints.length = 0; // the browser itself writes a line for the refusal that was wanted
  });

  test("another session is ended where it is listed", async () => {
    const token = await adminToken();
    const ask = () => fetch(`${servers.api}/admin/v1/auth/me`, { headers: { Authorization: `Bearer ${token}` } });
    expect((await ask()).status).toBe(200);
    await page.reload();
    await button("全部退出登录").click();
    await page.getByRole("dialog").getByRole("button", { name: "只退出其他" }).click();
    await page.getByText(/已退出 \d+ 处登录/).waitFor();
    expect((await ask()).status).toBe(401);
    await expect.poll(() => page.locator("section[aria-labelledby=sessions] li").count()).toBe(1);
  });

  test("a backup is downloaded, looked into, and restored", async () => {
    await button("下载备份").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("口令").fill("short");
    await dialog.getByRole("button", { name: "下载" }).click();
    await dialog.getByText("至少 12 个字符", { exact: true }).waitFor();
    await dialog.getByLabel("口令").fill(passphrase);
    await dialog.getByLabel("再输一次").fill(passphrase);
    const [download] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("button", { name: "下载" }).click()]);
    expect(download.suggestedFilename()).toMatch(/^gemini-proxy-[\d-]+\.backup\.age$/);
    const path = `${await download.path()}.backup.age`;
    await writeFile(path, await readFile(await download.path()));
    await dialog.waitFor({ state: "detached" });

    // What is changed after the backup, the backup takes back.
    const token = await adminToken();
    await fetch(`${servers.api}/admin/v1/settings`, {
      method: "PATCH",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ queue_wait: 42 }),
    });
    await button("恢复备份").click();
    await page.locator("input[type=file]").setInputFiles(path);
    await dialog.getByLabel("口令").fill("quite another passphrase");
    await dialog.getByRole("button", { name: "看看内容" }).click();
    await dialog.getByText("口令不对，打不开这个文件").waitFor({ timeout: 20_000 });
    await dialog.getByLabel("口令").fill(passphrase);
    await page.keyboard.press("Enter");
    await dialog.getByText("换成备份里的").waitFor({ timeout: 20_000 });
    await dialog.getByRole("button", { name: "恢复", exact: true }).click();
    await page.getByText("备份已恢复，立刻生效").waitFor({ timeout: 20_000 });
    await page.goto(`${servers.page}/settings?q=queue_wait`);
    await expect.poll(() => page.getByLabel("最长排队 (秒)").inputValue()).not.toBe("42");
    complaints.length = 0; // the browser itself writes a line for the refusal that was wanted
  });
}
