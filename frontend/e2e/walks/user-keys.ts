import { expect, test } from "vitest";
import { sound } from "../eyes.ts";
import { button, dialog, field, menuItem, open, pick, row, see, tap, told } from "../hands.ts";
import { expectComplaints, page, refusal, t } from "../walk.ts";

const limit = (name: "rpm" | "tpm" | "rpd" | "monthly_tokens" | "concurrency" | "expires" | "models" | "networks") =>
  field(t(`userKeys.limits.${name}`), dialog());
const actions = (name: string) => t("userKeys.actions", { name });

/** What can be done to user keys. */
export function userKeysWalk(): void {
  test("a user key is made with limits, and what is wrong stands beside its field", async () => {
    await open("/keys?tab=user");
    await tap(button(t("userKeys.create")));
    await tap(button(t("userKeys.create"), dialog()));
    await see(t("userKeys.needName"), dialog());
    await field(t("userKeys.name"), dialog()).fill("数据平台");
    await tap(dialog().locator("summary"));
    await limit("rpm").fill("many");
    await tap(button(t("userKeys.create"), dialog()));
    await see(t("userKeys.limits.needNumber"), dialog());
    await sound("a user key with a limit that is none");
    await limit("rpm").fill("60");
    await limit("monthly_tokens").fill("1000000");
    await limit("models").fill("gemini-*");
    await limit("networks").fill("nowhere at all");
    await tap(button(t("userKeys.create"), dialog()));
    await see(t("userKeys.limits.badNetworks"), dialog());
    expectComplaints(refusal(400));
    await sound("a user key that the gateway refused");
    await limit("networks").fill("127.0.0.0/8, ::1");
    await tap(button(t("userKeys.create"), dialog()));
    await see(t("userKeys.createdTitle", { name: "数据平台" }));
    for (const tongue of ["Python", "Node", t("snippet.clients")]) await tap(page.getByRole("tab", { name: tongue, exact: true }));
    await sound("what clients want to be told");
    await tap(page.getByRole("tab", { name: "curl", exact: true }));
    await tap(button(t("action.copy"), dialog()));
    await see(t("action.copied"), dialog());
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^sk-/);
    await tap(field(t("userKeys.saved")));
    await tap(button(t("action.done")));
    await dialog().waitFor({ state: "detached" });
    await row("数据平台").waitFor();
    await sound("user keys");
  });

  test("a user key is changed, disabled, replaced and deleted", async () => {
    await tap(button(actions("数据平台")));
    await sound("what can be done with a user key");
    await tap(menuItem(t("userKeys.edit")));
    expect(await limit("rpm").inputValue()).toBe("60");
    await field(t("userKeys.name"), dialog()).fill("翻译服务");
    await limit("rpm").fill("30");
    await limit("expires").fill("2099-12-31");
    await sound("a user key to be changed");
    await tap(button(t("action.save"), dialog()));
    await told(t("userKeys.savedToast", { name: "翻译服务" }));
    await pick(actions("翻译服务"), t("userKeys.disable"));
    await told(t("userKeys.disabledToast", { name: "翻译服务" }));
    await pick(actions("翻译服务"), t("userKeys.enable"));
    await told(t("userKeys.enabledToast", { name: "翻译服务" }));
    await pick(actions("翻译服务"), t("userKeys.rotate"));
    await see(t("userKeys.rotateHint"), dialog());
    await sound("the question before a key is replaced");
    await tap(button(t("action.cancel"), dialog()));
    await pick(actions("翻译服务"), t("userKeys.rotate"));
    await tap(button(t("userKeys.rotateAction"), dialog()));
    await see(t("userKeys.rotatedTitle", { name: "翻译服务" }));
    await tap(field(t("userKeys.saved")));
    await tap(button(t("action.done")));
    await field(t("keys.searchLabel")).fill("no user key is called so");
    await see(t("keys.noMatchTitle"));
    await sound("no user key matches");
    await tap(button(t("keys.clearFilters")));
    await pick(actions("翻译服务"), t("userKeys.delete"));
    await sound("the question before a user key is deleted");
    await tap(button(t("userKeys.deleteAction"), dialog()));
    await told(t("userKeys.deleted", { name: "翻译服务" }));
    await row("翻译服务").waitFor({ state: "detached" });
  });
}
