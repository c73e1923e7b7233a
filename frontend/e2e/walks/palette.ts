import { expect, test } from "vitest";
import { picture, violations } from "../browser.ts";
import { complaints, page, servers } from "../walk.ts";

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
    await field.fill("符号");
    await page.keyboard.press("Enter");
    await page.getByText("开启符号注入").waitFor();
    await page.getByLabel("一段文字").fill("天为什么是蓝的？");
    await expect.poll(() => page.getByText(/^加了 \d+ 个字符$/).count()).toBe(6);
    expect(complaints).toEqual([]);
  });
}
