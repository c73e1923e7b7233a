import { expect, test } from "vitest";
import { fields } from "../../src/features/settings/fields.ts";
import { sections } from "../../src/features/settings/search.ts";
import type { TextKey } from "../../src/text/translate.ts";
import { sound } from "../eyes.ts";
import { button, dialog, field, goTo, open, see, tap, text, told } from "../hands.ts";
import { wordsOf } from "../text.ts";
import { admin, expectComplaints, hold, like, look, page, phone, refusal, servers, t } from "../walk.ts";

const bar = () => page.getByRole("region", { name: t("settings.barLabel") });
const save = () => tap(button(new RegExp(`^${t("settings.save")}`), bar()));
const label = (path: string) => t(`settings.field.${path}.label` as TextKey);
const number = (path: string) => {
  const found = fields.find((one) => one.path === path);
  if (found?.kind !== "number") throw new Error(`${path} is no number`);
  return field(`${label(path)} (${t(`settings.unit.${found.unit}`)})`);
};
const section = (name: (typeof sections)[number]) =>
  tap(button(t(`settings.section.${name}`), page.getByRole("navigation", { name: t("settings.sections") })));
const seconds = (value: number) => `${value} ${t("settings.unit.seconds")}`;

/** Settings: told before they are saved, merged when they were changed elsewhere. */
export function settingsWalk(): void {
  test("a setting is changed, told before it is saved, and in force after", async () => {
    await open("/settings");
    await number("queue_wait").fill("61");
    await save();
    await see(like("settings.range"));
    await expect.poll(() => number("queue_wait").evaluate((input) => input === document.activeElement)).toBe(true);
    await sound("a setting out of its range");
    await number("queue_wait").fill("3");
    await tap(text(t("settings.field.strategy.option.round_robin.name")));
    await bar()
      .getByText(t("settings.change", { label: label("queue_wait"), before: seconds(10), after: seconds(3) }))
      .waitFor({ state: phone ? "attached" : "visible" });
    // At the end of the page the bar stands beneath all, and hides nothing.
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await sound("settings that are not saved");
    await goTo("system");
    const question = page.getByRole("dialog", { name: t("settings.leaveTitle") });
    await question.waitFor();
    await sound("the question before changes are lost");
    await tap(button(t("action.close"), question));
    await question.waitFor({ state: "detached" });
    if (phone) await save();
    else await page.keyboard.press("Control+s");
    await told(t("settings.savedToast"));
    await bar().waitFor({ state: "detached" });
    await page.reload();
    await expect.poll(() => number("queue_wait").inputValue()).toBe("3");
  });

  test("a setting shows what it usually is, goes back to it, and is found by the words of both languages", async () => {
    await tap(button(t("settings.reset", { label: label("queue_wait"), usual: seconds(10) })));
    await expect.poll(() => number("queue_wait").inputValue()).toBe("10");
    await tap(button(t("settings.drop"), bar()));
    const other = wordsOf(look.locale === "zh-CN" ? "en" : "zh-CN");
    await field(t("settings.search")).fill(other.t("settings.field.queue_wait.label"));
    await expect.poll(() => page.locator("main .option").count()).toBe(1);
    await number("queue_wait").waitFor();
    await sound("a setting found by the words of the other language");
    await open("/settings");
  });

  test("settings saved elsewhere meanwhile are told and merged", async () => {
    await number("queue_wait").fill("5");
    await number("max_key_attempts").fill("8");
    // The news of it, which comes by itself, is late.
    const letGo = await hold("GET", "/admin/v1/settings");
    await admin("PATCH", "/settings", { queue_wait: 7, max_key_attempts: 9, request_timeout: 555 });
    await Promise.all([page.waitForResponse((response) => response.status() === 412), save()]);
    await letGo();
    await see(t("settings.conflictTitle"));
    await see(t("settings.conflictBoth", { label: label("queue_wait"), theirs: seconds(7), mine: seconds(5) }));
    expectComplaints(refusal(412));
    await sound("settings that were changed elsewhere");
    await tap(button(t("settings.useTheirs"), page.getByRole("listitem").filter({ hasText: label("max_key_attempts") })));
    await tap(button(new RegExp(`^${t("settings.saveMerged")}`)));
    await told(t("settings.savedToast"));
    await text(t("settings.conflictTitle")).waitFor({ state: "detached" });
    await page.reload();
    await expect.poll(() => number("queue_wait").inputValue()).toBe("5");
    expect(await number("max_key_attempts").inputValue()).toBe("9");
    expect(await number("request_timeout").inputValue()).toBe("555");
    await admin("PATCH", "/settings", { queue_wait: null, max_key_attempts: null, request_timeout: null, strategy: null });
  });

  test("every control of the settings can be worked, and what was changed be dropped", async () => {
    await page.reload();
    for (const one of sections) {
      await section(one);
      const { kind, path } = fields.find((candidate) => candidate.section === one) ?? {};
      await page.locator(".option").first().waitFor();
      const slider = page.locator("main input[type=range]:not(:disabled)").first();
      if ((await slider.count()) > 0) await slider.press("ArrowRight");
      const toggle = page.locator("main [role=switch]").first();
      if ((await toggle.count()) > 0) await tap(toggle);
      const area = page.locator(".option textarea:not(:disabled)").first();
      if ((await area.count()) > 0) await area.fill("请用中文回答。");
      if (kind === "choice" && path) await tap(page.locator("fieldset:not(:disabled) .radio-card").last());
      await bar().waitFor();
      await sound(`changed settings of ${one}`);
    }
    await tap(button(t("settings.drop"), bar()));
    await bar().waitFor({ state: "detached" });
    // A thing that only the gateway knows to be wrong.
    await page.route(
      (url) => url.pathname === "/admin/v1/settings",
      (route) =>
        route.request().method() === "PATCH"
          ? route.fulfill({
              status: 400,
              contentType: "application/problem+json",
              headers: { "Access-Control-Allow-Origin": "*" },
              body: JSON.stringify({
                status: 400,
                code: "invalid_input",
                detail: "1 field is not right",
                errors: [{ field: "queue_wait", message: "the gateway would rather not" }],
              }),
            })
          : route.fallback(),
    );
    await section("routing");
    await number("queue_wait").fill("4");
    await save();
    await see("the gateway would rather not");
    await told(like("error.failed"));
    expectComplaints(refusal(400));
    await sound("a setting that the gateway refused");
    await page.unrouteAll();
    await goTo("system");
    await tap(button(t("settings.leaveDrop")));
    await dialog().waitFor({ state: "detached" });
  });

  test("settings are searched, and what only they can do is tried", async () => {
    await open("/settings");
    const search = field(t("settings.search"));
    await search.fill(label("usage_threshold.protect"));
    await see(label("usage_threshold.protect"));
    await text(t("settings.group.strategy.title")).waitFor({ state: "detached" });
    await search.fill("no setting is called so");
    await see(t("settings.nothingTitle"));
    await sound("no setting matches");
    await tap(button(t("settings.all")));
    await section("symbols");
    await field(t("settings.trial.label")).fill("天为什么是蓝的？");
    await expect.poll(() => page.getByText(like("settings.trial.added")).count()).toBe(6);
    await sound("what symbols make of a text");
  });

  test("a cleanup says what would go, and does it", async () => {
    const leaked = servers.keys.at(-2) ?? "";
    await section("health");
    const plan = page.getByRole("group", { name: t("plan.title") });
    await see(t("plan.none"), plan);
    await tap(field(label("cleanup.enabled")));
    await number("cleanup.days").fill("1");
    await number("cleanup.min_checks_per_day").fill("1");
    await save();
    await told(t("settings.savedToast"));
    await see(t("plan.would", { count: 1 }), plan);
    await plan.getByText(leaked.slice(-4)).waitFor();
    await tap(button(t("plan.run"), plan));
    await sound("the question before a cleanup");
    await tap(button(t("action.cancel"), dialog()));
    await tap(button(t("plan.run"), plan));
    await tap(button(t("plan.run"), dialog()));
    await told(t("plan.done", { count: 1 }));
    await see(t("plan.none"), plan);
    await sound("a cleanup that was done");
    await open("/keys?tab=removed");
    await tap(button(t("keys.restore"), page.locator("tbody tr").filter({ hasNotText: "远山" })));
    await told(like("keys.restored"));
    await admin("PATCH", "/settings", { cleanup: { enabled: null, days: null, min_checks_per_day: null } });
  });
}
