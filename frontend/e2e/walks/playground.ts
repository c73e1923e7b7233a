import { expect, test } from "vitest";
import { picture, violations } from "../browser.ts";
import { button, complaints, page, servers } from "../walk.ts";

/** Trying the gateway out on the page, and the files that come of it. */
export function playgroundWalk(): void {
  test("the playground asks with a key of its own, with thoughts and a system prompt", async () => {
    await page.goto(`${servers.page}/playground`);
    await button("新建一把并开始").click();
    await page.getByLabel("系统提示词").fill("说短一点");
    await button("低").click();
    await page.getByLabel("消息").fill("**天**为什么是蓝的？\n\n- 一\n- 二");
    await page.keyboard.press("Enter");
    const log = page.getByRole("log");
    await log.getByText(/试了 1 次 · 首字 .+ · 共 .+ · 输入 \d+，输出 \d+ Token/).waitFor();
    // The simulator says what it heard, and the page reads it as Markdown.
    await log.locator(".prose strong", { hasText: "天" }).waitFor();
    expect(await log.locator(".prose li").allTextContents()).toEqual(["一", "二"]);
    await picture(page, "playground");
    expect(await violations(page)).toEqual([]);
    await button("代码").click();
    const code = page.getByRole("dialog");
    await code.getByText("extra_body", { exact: false }).waitFor();
    expect(await code.textContent()).not.toMatch(/sk-\w/);
    await page.keyboard.press("Escape");
    await button("重新回答").click();
    await log.getByText(/试了 1 次/).waitFor();
    expect(await log.locator(".glass").count()).toBe(1); // in the place of the first answer
  });

  test("small files go with a message, large ones are uploaded first, listed, and deleted", async () => {
    const input = page.locator(".composer input[type=file]");
    await input.setInputFiles([
      { name: "要点.md", mimeType: "text/markdown", buffer: Buffer.from("# 要点") },
      { name: "长文.txt", mimeType: "text/plain", buffer: Buffer.alloc(5 * 1024 * 1024, "long text ") },
    ]);
    await page.getByText("5 MiB · 已上传，保留一天").waitFor();
    await page.getByLabel("消息").fill("读一读");
    await page.keyboard.press("Enter");
    const log = page.getByRole("log");
    await expect.poll(() => log.getByText(/输入 \d/).count()).toBe(2);
    await log.getByText(/text\/plain/).waitFor();

    await page.getByRole("link", { name: "文件", exact: true }).click();
    await page.getByText(/^已用 5(\.\d)? MiB，上限/).waitFor();
    const row = page.getByRole("row").filter({ hasText: "长文.txt" });
    await row.getByText("试用").waitFor();
    await row.getByRole("button").click();
    await page.getByText("在 Gemini 的副本").waitFor();
    await page.locator("main input[type=search]").fill("nothing like it");
    await page.getByText("没有符合的文件").waitFor();
    await button("看全部").click();
    await page.getByRole("button", { name: "大小" }).click();
    expect(new URL(page.url()).searchParams.get("sort")).toBe("-size");
    if (!(await button("删除").isVisible())) await row.getByRole("button").click();
    await button("删除").click();
    await page.getByRole("dialog").getByRole("button", { name: "删除" }).click();
    await page.getByText("已删除 长文.txt").waitFor();
    await page.getByText("还没有上传过文件").waitFor();
  });

  test("the conversation is still there after a look elsewhere, and its key is deleted by hand", async () => {
    await page.locator("h1").click(); // away from what was focused, so that letters are shortcuts
    await page.keyboard.press("g");
    await page.keyboard.press("p");
    await page.getByRole("log").getByText("读一读", { exact: true }).waitFor();
    await button("清空对话").click();
    await button("删除试用密钥").click();
    await button("新建一把并开始").waitFor();
    expect(complaints).toEqual([]);
  });
}
