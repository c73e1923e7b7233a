import { expect, test } from "vitest";
import { adminToken, button, chat, complaints, page, servers } from "../walk.ts";

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
    // Somebody else was quicker: the page says so, and what was typed stays.
    const asOther = await fetch(`${servers.api}/admin/v1/models/gemini-3.8-flash`, {
      method: "PUT",
      headers: { Authorization: `Bearer ${await adminToken()}`, "Content-Type": "application/json" },
      body: JSON.stringify({ rpm: 9, tpm: null, rpd: null, enabled: true }),
    });
    expect(asOther.status).toBe(200);
    await dialog.getByRole("button", { name: "保存" }).click();
    await dialog.getByText("这个模型被别人改过").waitFor();
    expect(await dialog.getByLabel("RPM").inputValue()).toBe("10");
    complaints.length = 0; // the browser writes a line for the 412 that was wanted
    await dialog.getByRole("button", { name: "保存" }).click();
    await page.getByText("已保存 gemini-3.8-flash").waitFor();
    expect(await chat("gpt-walk")).toBe(200);
    await page.getByRole("switch", { name: "对外提供 gemini-3.8-flash", exact: true }).click();
    await page.getByText("已停用 gemini-3.8-flash").waitFor();
    expect(await chat("gemini-3.8-flash")).toBe(404);
    await button(/^修改 gemini-3\.8-flash$/).click();
    await dialog.getByRole("button", { name: "恢复默认" }).click();
    await page.getByText("gemini-3.8-flash 已恢复默认").waitFor();
    await button("撤销").click();
    await expect.poll(() => chat("gpt-walk")).toBe(404); // its switch was off when it was put back to its default
    await button(/^修改 gemini-3\.8-flash$/).click();
    await expect.poll(() => dialog.getByLabel("别名").inputValue()).toBe("gpt-walk");
    await dialog.getByRole("button", { name: "恢复默认" }).click();
    await dialog.waitFor({ state: "detached" });
    expect(await chat("gemini-3.8-flash")).toBe(200);
    expect(complaints).toEqual([]);
  });
}
