import { expect, test } from "vitest";
import { picture, violations } from "../browser.ts";
import { button, complaints, page, servers } from "../walk.ts";

/** Finding everything by name. */
export function paletteWalk(): void {
  test("the palette finds pages, keys and settings", async () => {
    await page.goto(servers.page);
    await page.getByText("最近的失败").waitFor();
    await page.keyboard.press("Control+k");
    const field = page.getByRole("combobox");
    await field.fill("北极星");
    await page.getByRole("option", { name: /北极星-01/ }).waitFor();
    expect(await violations(page)).toEqual([]);
    await picture(page, "palette");
    await page.keyboard.press("Enter");
    await page.getByRole("complementary", { name: "密钥详情" }).waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await field.fill("开启符号");
    await page.getByRole("option", { name: "符号注入 · 开启符号注入" }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByText("开启符号注入").waitFor();
    await page.getByLabel("一段文字").fill("天为什么是蓝的？");
    await expect.poll(() => page.getByText(/^加了 \d+ 个字符$/).count()).toBe(6);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await field.fill("chatcmpl-0123456789");
    await page.getByRole("option", { name: /在请求里找编号/ }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByText("没有符合的请求").waitFor();
    expect(complaints).toEqual([]);
  });

  test("letters lead to pages, ? lists them, and an address without a page keeps the way on in sight", async () => {
    await page.goto(`${servers.page}/no-such-page`);
    await page.getByText("没有这一页").waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "键盘快捷键" }).getByText("前往系统").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("g");
    await page.keyboard.press("s");
    const search = page.getByLabel("搜索设置");
    await search.waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("保护线");
    await page.getByText("保护线", { exact: true }).waitFor();
    await page.getByText("轮询策略").waitFor({ state: "detached" });
    await search.fill("没有这样的设置");
    await page.getByText("没有符合的设置").waitFor();
    await button("看全部设置").click();
    await page.goto(`${servers.page}/settings?section=health`);
    await page.getByRole("group", { name: "清理预览" }).getByText("现在没有需要移除的密钥").waitFor();
    await page
      .getByRole("group", { name: "保持唤醒的情况" })
      .getByText(/PUBLIC_URL/)
      .waitFor();
    expect(complaints).toEqual([]);
  });
}
