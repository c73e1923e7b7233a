import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { sound } from "../eyes.ts";
import { button, dialog, field, goTo, logIn, menuItem, open, openers, paste, see, tap, text } from "../hands.ts";
import { wordsOf } from "../text.ts";
import { chat, clicks, expectComplaints, first, look, page, refusal, servers, t } from "../walk.ts";

/** Runs code that was copied from the page, as its reader would. */
async function answerTo(code: string): Promise<string> {
  const { stdout } = await promisify(execFile)("bash", ["-c", code]);
  return stdout;
}

/** From a visitor to the first requests on the console. */
export function firstRunWalk(): void {
  test("a visitor is asked to log in, and comes back to the page they wanted", async () => {
    await open("/keys?tab=removed");
    await see(t("login.gatewayUp"));
    await tap(button(t("login.submit")));
    await see(t("login.needPassword"));
    await sound("a log-in without a password");
    await logIn(page, "wrong");
    await see(t("login.wrong"));
    await tap(button(t("action.show")));
    expect(await field(t("login.password")).getAttribute("type")).toBe("text");
    await tap(button(t("action.hide")));
    expectComplaints(refusal(401));
    await sound("a log-in that was refused");
    // The other language and back.
    const other = wordsOf(look.locale === "zh-CN" ? "en" : "zh-CN");
    await tap(button(t("language.other")));
    await see(other.t("login.title"));
    await tap(button(other.t("language.other")));
    await see(t("login.title"));
    clicks.count = 0;
    await logIn(page);
    await see(t("keys.removedEmptyTitle"));
  });

  test("an empty gateway leads to its first keys, which are masked from the moment they are pasted", async () => {
    await goTo("console");
    await see(t("guide.title"));
    await sound("the guide of an empty gateway");
    await tap(page.getByRole("link", { name: t("console.import"), exact: true }));
    await paste(`${servers.keys.join("\n")} sk-not-a-gemini-key-at-all-000000`);
    const submit = button(t("import.submit", { count: servers.keys.length }));
    await submit.waitFor();
    await sound("keys that were pasted");
    const html = await page.content();
    for (const key of servers.keys) expect(html).not.toContain(key);
    await tap(submit);
    await button(t("import.next")).waitFor(); // the next step is one click away
    await see(t("keys.checkedSome", { total: servers.keys.length, bad: 1 }));
    await expect.poll(() => openers().count()).toBe(servers.keys.length);
    await sound("the first keys");
  });

  test("a user key is shown once, and only its own button closes it", async () => {
    await goTo("console");
    await tap(page.getByRole("link", { name: t("guide.userKeyAction"), exact: true }));
    await field(t("userKeys.name")).fill("walk");
    await sound("a user key to be made");
    await tap(button(t("userKeys.create"), dialog()));
    await see(t("userKeys.createdTitle", { name: "walk" }));
    await page.keyboard.press("Escape");
    const needed = clicks.count;
    await tap(button(t("action.show")));
    clicks.count = needed; // nobody has to look at the key to use it
    first.userKey = (await page.locator("[data-secret]").textContent()) ?? "";
    expect(first.userKey).toMatch(/^sk-/);
    expect(await button(t("action.done")).isDisabled()).toBe(true);
    await sound("a key that is shown once");
    await tap(button(t("action.copyCode")));
    const code = await page.evaluate(() => navigator.clipboard.readText());
    await tap(field(t("userKeys.saved")));
    await tap(button(t("action.done")));
    await see("walk");
    expect(await page.content()).not.toContain(first.userKey);
    await goTo("console");
    await see(t("guide.waiting"));
    await sound("the guide that waits for a request");
    expect(await answerTo(code), "what the copied code was answered").toContain('"content"');
    await text(t("guide.waiting")).waitFor({ state: "detached", timeout: 20_000 });
    expect(clicks.count, "clicks from the log-in to the first answer").toBeLessThanOrEqual(12);
    console.log(`${clicks.count} clicks from the log-in to the first answer`);
  });

  test("requests are counted on the console", async () => {
    for (const model of ["gemini-flash-latest", "gemini-3.8-flash", "gemini-3.8-flash"]) expect(await chat(model)).toBe(200);
    expect(await chat("no-such-model")).toBeGreaterThanOrEqual(400);
    const tile = button(new RegExp(`^${t("console.tiles.requests")}`));
    await expect.poll(() => tile.textContent(), { timeout: 20_000 }).toMatch(new RegExp(`^${t("console.tiles.requests")}[45]`));
    const chart = page.locator(".chart");
    await chart.locator("canvas").first().waitFor();
    for (const range of ["7d", "30d", "24h", "1h"]) await tap(button(range));
    await chart.focus();
    await page.keyboard.press("End");
    await chart.locator(".tip").waitFor();
    await page.keyboard.press("Escape");
    await sound("a console with traffic");
    const whose = (part: string) => button(t("console.chart.whose", { part }));
    await tap(whose(t("console.chart.everything")));
    await menuItem("walk").waitFor();
    await sound("whose traffic can be seen");
    await tap(menuItem("gemini-3.8-flash"));
    await whose("gemini-3.8-flash").waitFor();
    await see(new RegExp(`^${t("console.chart.requests")}[23]$`));
    await tap(button(new RegExp(`^${t("console.tiles.tokens")}`)));
    await see(new RegExp(`^${t("console.chart.input")}`));
    await tap(button(new RegExp(`^${t("console.tiles.success")}`)));
    await see(new RegExp(`^${t("console.chart.success")}`));
    await sound("a console of one model");
  });
}
