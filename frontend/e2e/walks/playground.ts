import { expect, test } from "vitest";
import { picture } from "../browser.ts";
import { button, complaints, page, servers } from "../walk.ts";

/** Trying the gateway out on the page. */
export function playgroundWalk(): void {
  test("the playground asks with a key of its own, and deletes it", async () => {
    await page.goto(`${servers.page}/playground`);
    await button("新建一把并开始").click();
    await page.getByLabel("消息").fill("天为什么是蓝的？");
    await page.keyboard.press("Enter");
    const log = page.getByRole("log");
    await log.getByText(/heard: 天为什么是蓝的？/).waitFor();
    await log.getByText(/试了 1 次 · 首字 .+ · 共 .+ · 输入 \d+，输出 \d+ Token/).waitFor();
    await picture(page, "playground");
    await button("删除试用密钥").click();
    await button("新建一把并开始").waitFor();
    expect(complaints).toEqual([]);
  });
}
