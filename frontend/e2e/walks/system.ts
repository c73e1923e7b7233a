import { readFile, writeFile } from "node:fs/promises";
import type { Locator } from "playwright-core";
import { expect, test } from "vitest";
import { settle } from "../browser.ts";
import { sound } from "../eyes.ts";
import { button, dialog, download, field, open, see, tap, text, told } from "../hands.ts";
import { layoutShift, watchLayout } from "../soundness.ts";
import { admin, expectComplaints, hold, like, page, refusal, servers, t } from "../walk.ts";

const passphrase = "four unrelated words here";
const audit = () => page.locator("section[aria-labelledby=audit]");
const healthy = () => `SQLite · ${t("system.databaseOk")}`;

/** The gateway itself: what was changed, the admin's password, a backup and its way back. */
export function systemWalk(): void {
  test("the system page tells of the gateway, and what was changed", async () => {
    await open("/system");
    await see(healthy());
    await see(t("system.thisOne"));
    await sound("the system page");
    await tap(button(t("action.copy"), page.locator("section[aria-labelledby=api]")));
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${servers.api}/v1`);
    for (const link of await page.locator("section[aria-labelledby=api] a").all()) {
      expect((await fetch((await link.getAttribute("href")) ?? "")).status).toBe(200);
    }
    await tap(button(t("system.older"), audit()));
    await tap(button(t("system.newer"), audit()));
    await tap(button(t("system.kind.settings"), audit()));
    await expect
      .poll(async () => new Set(await audit().locator("li span[title^=updateSettings]").allTextContents()))
      .toEqual(new Set([t("system.action.updateSettings")]));
    await audit()
      .getByText(t("settings.field.queue_wait.label"))
      .filter({ hasText: /10 .*3 / })
      .first()
      .waitFor();
    await tap(button(t("console.chart.last.24h"), audit()));
    const table = await download(() => tap(button(t("system.export"))));
    expect(table.name).toMatch(/^audit-[\d-]+\.csv$/);
    const rows = (await readFile(table.path, "utf8")).trimEnd().split("\n");
    expect(rows[0]).toBe("\ufeffid,time,username,address,action,target,before,after,request_id");
    expect(rows.slice(1).every((line) => line.includes(",updateSettings,"))).toBe(true);
    await field(t("system.auditSearch")).fill("nobody-is-called-this");
    await see(t("system.auditNoMatch"));
    await sound("no change matches");
    await tap(button(t("system.auditAll")));
    await tap(button(t("system.kind.users"), audit()));
    await see(t("system.action.createUserKey"));
    await sound("the changes of user keys");
  });

  test("several replicas on one database are told, with what it means", async () => {
    const system = (url: URL) => url.pathname === "/admin/v1/system";
    await page.route(system, async (route) => {
      const response = await route.fetch();
      const told = (await response.json()) as { replicas: object[] };
      const other = { ...told.replicas[0], id: "OTHER", host: "gateway-2", version: "1.2.4", current: false };
      await route.fulfill({ response, json: { ...told, replicas: [...told.replicas, other] } });
    });
    await open("/system");
    await tap(button(t("system.apart")));
    const box = dialog(t("system.replicaCount", { count: 2 }));
    await see(t("system.apartHint"), box);
    await see("gateway-2", box);
    expect(await box.getByText(t("system.thisReplica")).count()).toBe(1);
    await sound("the replicas");
    await tap(button(t("action.close"), box));
    await page.unroute(system);
  });

  test("nothing moves on the system page, whatever comes late", async () => {
    await page.addInitScript(watchLayout);
    const facts = { path: "/system", sign: text(healthy()) };
    const sessions = { path: "/auth/sessions", sign: text(t("system.thisOne")) };
    const changes = { path: "/audit", sign: audit().getByRole("listitem").first() };
    for (const order of [
      [facts, sessions, changes],
      [sessions, facts, changes],
      [sessions, changes, facts],
    ]) {
      const late: { letGo: () => Promise<void>; sign: Locator }[] = [];
      for (const { path, sign } of order) late.push({ letGo: await hold("GET", `/admin/v1${path}`), sign });
      await open("/system");
      await see(t("system.sessions"));
      for (const { letGo, sign } of late) {
        await letGo();
        await sign.waitFor();
      }
      await settle(page);
      // A font that comes late moves some words by a hair.
      expect(await layoutShift(page), order.map(({ path }) => path).join()).toBeLessThan(0.001);
    }
  });

  test("a session elsewhere is ended, and the password is changed", async () => {
    const sessions = page.locator("section[aria-labelledby=sessions]");
    await admin("GET", "/auth/me");
    await page.reload();
    await tap(button(t("system.end"), sessions).first());
    await see(t("system.endTitle"));
    await sound("the question before a session is ended");
    await tap(button(t("system.end"), dialog()));
    await told(t("system.ended", { count: 1 }));
    await admin("GET", "/auth/me");
    await page.reload();
    await tap(button(t("system.endAll"), sessions));
    await see(t("system.endAllTitle"));
    await sound("the question which sessions are ended");
    await tap(button(t("system.endOthers"), dialog()));
    await told(like("system.ended"));
    await expect.poll(() => sessions.getByRole("listitem").count()).toBe(1);
    const change = async (current: string, next: string, again = next) => {
      await field(t("system.currentPassword"), dialog()).fill(current);
      await field(t("system.newPassword"), dialog()).fill(next);
      await field(t("system.again"), dialog()).fill(again);
      await tap(button(t("action.save"), dialog()));
    };
    await tap(button(t("system.changePassword")));
    await change("", "short");
    await see(t("system.needPassword"), dialog());
    await see(like("system.tooShort"), dialog());
    await sound("a password that is too short");
    await change("wrong password", "another long password", "another long passwort");
    await see(t("system.differs"), dialog());
    await change("wrong password", "another long password");
    await see(t("system.wrongPassword"), dialog());
    expectComplaints(refusal(400));
    await sound("a password that was refused");
    await change(servers.password, "another long password");
    await told(t("system.passwordChanged"));
    await tap(button(t("system.changePassword")));
    await change("another long password", servers.password);
    await told(t("system.passwordChanged"));
  });

  test("a backup is downloaded, looked into, and restored", async () => {
    await tap(button(t("system.makeBackup")));
    const box = dialog();
    await field(t("system.passphrase"), box).fill("short");
    await tap(button(t("system.download"), box));
    await see(t("system.tooShort", { least: 12 }), box);
    await field(t("system.passphrase"), box).fill(passphrase);
    await field(t("system.again"), box).fill("something else");
    await tap(button(t("system.download"), box));
    await see(t("system.differs"), box);
    await sound("a passphrase that differs");
    await field(t("system.again"), box).fill(passphrase);
    await tap(field(t("system.withUsage"), box));
    // One that takes long can be stopped, and is asked for again.
    const letGo = await hold("POST", "/admin/v1/backup");
    await tap(button(t("system.download"), box));
    await see(t("system.makingBackup"), box.getByRole("status"));
    await sound("a backup under way");
    await tap(button(t("action.stop"), box));
    await told(t("system.stopped"));
    await letGo();
    const { name, path } = await download(() => tap(button(t("system.download"), box)));
    expect(name).toMatch(/^gemini-proxy-[\d-]+\.backup\.age$/);
    await told(t("system.backupSaved"));
    const file = `${path}.backup.age`;
    await writeFile(file, await readFile(path));

    // What is changed after the backup, the backup takes back.
    await admin("PATCH", "/settings", { queue_wait: 42 });
    await tap(button(t("system.restore")));
    await tap(button(t("system.look"), box));
    await see(t("system.needFile"), box);
    await see(t("system.needPassphrase"), box);
    await sound("a restore of nothing");
    await page.locator("input[type=file]").setInputFiles({ name: "no.backup.age", mimeType: "", buffer: Buffer.from("no backup") });
    await field(t("system.passphrase"), box).fill("quite another passphrase");
    await tap(button(t("system.look"), box));
    await see(t("system.notABackup"), box);
    await page.locator("input[type=file]").setInputFiles(file);
    await tap(button(t("system.look"), box));
    await text(t("system.wrongPassphrase"), box).waitFor({ timeout: 20_000 });
    expectComplaints(refusal(400), refusal(422));
    await sound("a wrong passphrase");
    await field(t("system.passphrase"), box).fill(passphrase);
    await page.keyboard.press("Enter");
    await text(t("system.plan.settingsChange"), box).waitFor({ timeout: 20_000 });
    await sound("what a restore would change");
    await tap(button(t("system.back"), box));
    await tap(button(t("system.look"), box));
    await text(t("system.plan.settingsChange"), box).waitFor({ timeout: 20_000 });
    await tap(button(t("system.restoreNow"), box));
    await told(t("system.restored"));
    const settings = (await admin("GET", "/settings")) as { queue_wait: number };
    expect(settings.queue_wait).not.toBe(42);
  });
}
