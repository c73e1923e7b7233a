import { expect, test } from "vitest";
import { sound } from "../eyes.ts";
import { button, close, dialog, field, keyPanel, open, openPalette, see, tap, text } from "../hands.ts";
import { escaped, wordsOf } from "../text.ts";
import { look, page, phone, servers, t } from "../walk.ts";

/** A line by how it begins; its keys may stand behind. */
const option = (name: string | RegExp) =>
  page.getByRole("option", { name: typeof name === "string" ? new RegExp(`^${escaped(name)}`) : name });

/** Opens the palette, looks for something and takes it: by Enter where it is the chosen line and there is a keyboard. */
async function take(search: string, name: string | RegExp): Promise<void> {
  const line = await openPalette();
  await line.fill(search);
  const wanted = option(name).first();
  await wanted.waitFor();
  if (!phone && (await wanted.getAttribute("aria-selected")) === "true") await page.keyboard.press("Enter");
  else await tap(wanted);
  await line.waitFor({ state: "detached" });
}

/** Finding everything by name. */
export function paletteWalk(): void {
  test("the palette finds pages, keys and settings", async () => {
    await open("/");
    await see(t("console.failures.title"));
    const line = await openPalette();
    await line.fill("北极星");
    await option(/北极星-01/).waitFor();
    await sound("the palette");
    await line.fill("nothing is called so");
    await see(t("palette.none"));
    await sound("a palette without a line");
    await page.keyboard.press("Escape");
    await take("北极星", /北极星-01/);
    await keyPanel().waitFor();
    await close();
    await take("walk", t("palette.userKey", { name: "walk" }));
    await page.waitForURL(/tab=user/);
    const symbols = `${t("settings.group.symbols.title")} · ${t("settings.field.symbol_injection.enabled.label")}`;
    await take(t("settings.field.symbol_injection.enabled.label"), symbols);
    await see(t("settings.field.symbol_injection.enabled.label"));
    await take("chatcmpl-0123456789", t("palette.findRequest", { id: "chatcmpl-0123456789" }));
    await see(t("requests.noMatchTitle"));
    // A word as long as an id is a page first.
    await take(t("nav.playground"), t("nav.playground"));
    await page.waitForURL(/\/playground/);
  });

  test("the palette's commands do what they say", async () => {
    await take(t("palette.createUserKey"), t("palette.createUserKey"));
    await field(t("userKeys.name"), dialog()).waitFor();
    await close();
    await take(t("console.import"), t("console.import"));
    await see(t("import.title"));
    await close();
    for (const command of ["backup", "restore", "password"] as const) {
      await take(t(`palette.${command}`), t(`palette.${command}`));
      await page.waitForURL(new RegExp(`open=${command}`));
      await dialog().waitFor();
      await close();
    }
    const [docs] = await Promise.all([page.context().waitForEvent("page"), take(t("palette.docs"), t("palette.docs"))]);
    expect(docs.url()).toContain(servers.api);
    await docs.close();
    const theme = (one: "light" | "dark" | "system") => `${t("theme.label")}: ${t(`theme.${one}`)}`;
    for (const one of ["light", "dark", "system"] as const) await take(theme(one), theme(one));
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe(look.theme);
    const other = wordsOf(look.locale === "zh-CN" ? "en" : "zh-CN");
    await take(t("language.other"), t("language.other"));
    await see(other.t("system.audit"));
    const line = await openPalette(other.t("nav.search"));
    await line.fill(other.t("language.other"));
    await tap(option(other.t("language.other")));
    await see(t("system.audit"));
    await take(t("palette.shortcuts"), t("palette.shortcuts"));
    await see(t("palette.key.help"), dialog());
    await sound("the shortcuts");
    await close();
  });

  test("theme and language are chosen by hand", async () => {
    await open("/system");
    const menu = phone ? t("nav.more") : new RegExp(`^${t("theme.label")}`);
    const other = look.theme === "dark" ? "light" : "dark";
    const shown = () => page.evaluate(() => document.documentElement.dataset.theme);
    const chooseTheme = async (one: "light" | "dark" | "system") => {
      await tap(button(menu).first());
      await sound("the menu with the themes");
      await tap(page.getByRole("menuitemradio", { name: t(`theme.${one}`), exact: true }));
    };
    await chooseTheme(other);
    expect(await shown()).toBe(other);
    await page.reload();
    expect(await shown()).toBe(other);
    await chooseTheme("system");
    expect(await shown()).toBe(look.theme);
    const words = wordsOf(look.locale === "zh-CN" ? "en" : "zh-CN");
    const language = async (name: string, more: string) => {
      if (phone) await tap(button(more));
      await tap(page.getByRole(phone ? "menuitem" : "button", { name: new RegExp(name) }));
    };
    await language(t("language.other"), t("nav.more"));
    await see(words.t("system.audit"));
    await language(words.t("language.other"), words.t("nav.more"));
    await see(t("system.audit"));
  });

  test("letters lead to pages, ? lists them, and an address without a page keeps the way on in sight", async () => {
    await open("/no-such-page");
    await see(t("error.missingTitle"));
    await sound("an address without a page");
    // A tablet on its side has a keyboard too.
    await page.keyboard.press("?");
    await see(t("palette.key.go", { page: t("nav.system") }), dialog(t("palette.shortcuts")));
    await close();
    await page.keyboard.press("g");
    await page.keyboard.press("s");
    const search = field(t("settings.search"));
    await search.waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("queue_wait");
    await see(t("settings.field.queue_wait.label"));
    await text(t("settings.group.strategy.title")).waitFor({ state: "detached" });
    await open("/no-such-page");
    await tap(page.getByRole("link", { name: t("error.goConsole") }));
    await see(t("console.failures.title"));
  });
}
