import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { button, chat, clicks, complaints, first, logIn, page, paste, servers } from "../walk.ts";

/** Runs code that was copied from the page, as its reader would. */
async function answerTo(code: string): Promise<string> {
  const { stdout } = await promisify(execFile)("bash", ["-c", code]);
  return stdout;
}

/** From a visitor to the first requests on the console. */
export function firstRunWalk(): void {
  test("a visitor is asked to log in, and comes back to the page they wanted", async () => {
    await page.goto(`${servers.page}/keys?tab=removed`);
    await page.getByText("网关运行正常").waitFor();
    await logIn(page, "wrong");
    await page.getByText("用户名或密码不对").waitFor();
    clicks.count = 0;
    await logIn(page);
    await page.getByText("没有移除过的密钥").waitFor();
    complaints.length = 0; // the browser itself writes a line for the 401 that was wanted
  });

  test("an empty gateway leads to its first keys, which are masked from the moment they are pasted", async () => {
    await page.getByRole("link", { name: "控制台" }).click();
    await page.getByText("三步开始转发请求").waitFor();
    await page.getByRole("link", { name: "导入密钥" }).click();
    await paste(page, `${servers.keys.join("\n")} sk-not-a-gemini-key-at-all-000000`);
    const submit = button(`导入 ${servers.keys.length} 个密钥`);
    await submit.waitFor();
    const html = await page.content();
    for (const key of servers.keys) expect(html).not.toContain(key);
    await submit.click();
    await page.getByText(`检测完 ${servers.keys.length} 个密钥，1 个不可用`).waitFor();
    await expect.poll(() => page.locator("tbody tr").count()).toBe(servers.keys.length);
  });

  test("a user key is shown once, and only its own button closes it", async () => {
    await page.getByRole("link", { name: "控制台" }).click();
    await page.getByRole("link", { name: "创建密钥" }).click();
    await page.getByLabel("名称").fill("走查");
    await button("新建密钥", page).last().click();
    await page.getByText("「走查」的密钥已创建").waitFor();
    await page.keyboard.press("Escape");
    const needed = clicks.count;
    await button("显示").click();
    clicks.count = needed; // nobody has to look at the key to use it
    first.userKey = (await page.locator("[data-secret]").textContent()) ?? "";
    expect(first.userKey).toMatch(/^sk-/);
    expect(await button("完成").isDisabled()).toBe(true);
    await button("复制代码").click();
    const code = await page.evaluate(() => navigator.clipboard.readText());
    await page.getByLabel("我已保存好密钥").click();
    await button("完成").click();
    await page.getByText("走查", { exact: true }).waitFor();
    expect(await page.content()).not.toContain(first.userKey);
    await page.getByRole("link", { name: "控制台" }).click();
    await page.getByText("正在等第一个请求").waitFor();
    expect(await answerTo(code), "what the copied code was answered").toContain('"content"');
    await page.getByText("正在等第一个请求").waitFor({ state: "detached", timeout: 20_000 });
    expect(clicks.count, "clicks from the log-in to the first answer").toBeLessThanOrEqual(12);
    console.log(`${clicks.count} clicks from the log-in to the first answer`);
  });

  test("requests are counted on the console", async () => {
    for (const model of ["gemini-flash-latest", "gemini-3.8-flash", "gemini-3.8-flash"]) expect(await chat(model)).toBe(200);
    expect(await chat("no-such-model")).toBeGreaterThanOrEqual(400);
    const tile = button(/^今日请求/);
    await expect.poll(() => tile.textContent(), { timeout: 20_000 }).toMatch(/^今日请求[45]/);
    await page.locator(".chart canvas").first().waitFor();
    await button("1h").click();
    await page.locator(".chart").focus();
    await page.keyboard.press("End");
    await page.locator(".chart .tip").waitFor();
    await page.keyboard.press("Escape");
    await button("看哪一部分：全部流量").click();
    await page.getByRole("menuitemradio", { name: "gemini-3.8-flash" }).click();
    await button("看哪一部分：gemini-3.8-flash").waitFor();
    await page.getByText(/^请求[23]$/).waitFor();
  });
}
