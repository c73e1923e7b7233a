import { test } from "vitest";
import { button, complaints, page, servers } from "../walk.ts";

/** The gateway itself, and the admin's password. */
export function systemWalk(): void {
  test("the system page tells of the gateway, its sessions, and what was changed", async () => {
    await page.goto(`${servers.page}/system`);
    await page.getByText("SQLite · 正常").waitFor();
    await page.getByText("这里", { exact: true }).waitFor();
    await page.getByText("updateSettings").first().waitFor();
    await button("修改密码").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("现在的密码").fill("wrong password");
    await dialog.getByLabel("新密码").fill("another long password");
    await dialog.getByRole("button", { name: "保存" }).click();
    await dialog.getByText("密码不对").waitFor();
    await page.keyboard.press("Escape");
    complaints.length = 0; // the browser itself writes a line for the refusal that was wanted
  });
}
