import { expect, test } from "vitest";
import { button, chat, complaints, page, servers } from "../walk.ts";

/** What can be done to a model. */
export function modelsWalk(): void {
  test("a model is limited, renamed for clients, switched off and put back", async () => {
    await page.goto(`${servers.page}/models`);
    await button("同步").click();
    await page.getByText(/上游共有 \d+ 个模型/).waitFor();
    await button(/^修改 gemini-3\.8-flash$/).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText(/现在有 \d+ 个项目能接它的请求/).waitFor();
    await dialog.getByLabel("RPM").fill("ten");
    await dialog.getByRole("button", { name: "保存" }).click();
    await dialog.getByText("只能填整数，例如 10").waitFor();
    await dialog.getByLabel("RPM").fill("10");
    await dialog.getByLabel("别名").fill("gpt-walk");
    await dialog.getByRole("button", { name: "保存" }).click();
    await page.getByText("已保存 gemini-3.8-flash").waitFor();
    expect(await chat("gpt-walk")).toBe(200);
    await page.getByRole("switch", { name: "对外提供 gemini-3.8-flash", exact: true }).click();
    await page.getByText("已停用 gemini-3.8-flash").waitFor();
    expect(await chat("gemini-3.8-flash")).toBe(404);
    await button(/^修改 gemini-3\.8-flash$/).click();
    await dialog.getByRole("button", { name: "恢复默认" }).click();
    await page.getByText("gemini-3.8-flash 已恢复默认").waitFor();
    expect(await chat("gemini-3.8-flash")).toBe(200);
    expect(complaints).toEqual([]);
  });
}
