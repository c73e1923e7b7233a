import type { Locator, Page } from "playwright-core";
import { escaped } from "./text.ts";
import { page, phone, servers, t } from "./walk.ts";

// What a visitor does, whatever the page is called and wherever a narrow screen puts it.

/** Presses what is seen there: with a finger on a phone, else with the mouse. */
export function tap(target: Locator): Promise<void> {
  return phone ? target.tap() : target.click();
}

/** A button by its whole name, or by what a pattern says. */
export const button = (name: string | RegExp, on: Page | Locator = page) => on.getByRole("button", { name, exact: true });

/** A field by its whole label. */
export const field = (label: string, on: Page | Locator = page) => on.getByLabel(label, { exact: true });

/** The dialog that lies over the page. */
export const dialog = (name?: string | RegExp) => page.getByRole("dialog", name === undefined ? {} : { name }).last();

/** A line of the page's list: of a table, of its cards, or of its rows of two lines. */
export const row = (text: string | RegExp) => page.locator("main").locator("tbody tr, ul > li").filter({ hasText: text }).first();

/** What opens each line of the page's list. */
export const openers = () => page.locator("main").locator("tbody .row-button, ul .row-button");

/** Anything with this text. */
export const text = (words: string | RegExp, on: Page | Locator = page) => on.getByText(words, { exact: true }).first();

/** Waits until a text is there. */
export const see = (words: string | RegExp, on: Page | Locator = page) => text(words, on).waitFor();

type PageName = "console" | "keys" | "requests" | "models" | "files" | "playground" | "settings" | "system";

/** Goes to a page by the navigation: the rail, the phone's bar, or its menu. */
export async function goTo(name: PageName): Promise<void> {
  const label = t(`nav.${name}`);
  const bar = page.getByRole("navigation", { name: t("nav.label") });
  // Where changes are to be saved, a phone has that in the bar's place.
  await bar
    .or(button(t("nav.more")))
    .first()
    .waitFor();
  // A number may stand behind the name.
  const link = bar.getByRole("link", { name: new RegExp(`^${escaped(label)}`) });
  if ((await link.count()) > 0) await tap(link);
  else await pick(t("nav.more"), label);
}

/** Opens an address, as from a bookmark. */
export async function open(path: string): Promise<void> {
  await page.goto(servers.page + path);
}

/** Opens a menu by its button's name, and picks an item. */
export async function pick(menu: string | RegExp, item: string | RegExp, on: Page | Locator = page): Promise<void> {
  await tap(button(menu, on));
  await tap(menuItem(item));
}

/** An item of the menu that is open. */
export const menuItem = (name: string | RegExp) =>
  page
    .getByRole("menuitem", { name, exact: true })
    .or(page.getByRole("menuitemradio", { name, exact: true }))
    .or(page.locator(".menu").getByRole("option", { name, exact: true }));

/** Reads what a toast says, and closes it. */
export async function told(words: string | RegExp): Promise<void> {
  await tap(button(t("action.close"), toast(words)));
}

/** Takes the way that a toast offers. */
export async function takeUp(words: string | RegExp, action: string): Promise<void> {
  await tap(button(action, toast(words)));
}

const toast = (words: string | RegExp) => page.locator(".toasts .toast").filter({ hasText: words }).last();

/** Closes the dialog, the sheet or the panel on top: by its cross on a phone, else by Escape. */
export async function close(): Promise<void> {
  const top = page.locator("[role=dialog], aside.drawer").last();
  if (phone) await tap(button(new RegExp(`^(${escaped(t("action.close"))}|${escaped(t("drawer.close"))})$`), top));
  else await page.keyboard.press("Escape");
  await top.waitFor({ state: "detached" });
}

/** Opens the palette: by its keys, or by the button of the phone's top. Its name may be that of another language. */
export async function openPalette(name = t("nav.search")): Promise<Locator> {
  if (phone) await tap(button(name));
  else await page.keyboard.press("Control+k");
  return page.locator(".palette").getByRole("combobox");
}

/** Opens a Gemini key, whose details stand beside the list, over it, or in a sheet. */
export async function openKey(name: string): Promise<Locator> {
  await tap(row(name).locator(".row-button"));
  return keyPanel();
}

export const keyPanel = () => page.getByRole(phone ? "dialog" : "complementary", { name: t("drawer.label") });

export async function logIn(on: Page, password = servers.password): Promise<void> {
  await on.locator("input[autocomplete=username]").fill("admin");
  await on.locator("input[autocomplete=current-password]").fill(password);
  await on.locator("input[autocomplete=current-password]").press("Enter");
}

export async function logOut(): Promise<void> {
  if (phone) await pick(t("nav.more"), t("action.logOut"));
  else await tap(button(t("action.logOut")));
  await page.locator("form").waitFor();
}

/** Pastes text into the first text area, as a user would. */
export async function paste(pasted: string): Promise<void> {
  await page
    .locator("textarea")
    .first()
    .evaluate((area, text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text", text);
      area.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }, pasted);
}

/** Follows what downloads a file, and gives the file. */
export async function download(follow: () => Promise<void>): Promise<{ name: string; path: string }> {
  const [file] = await Promise.all([page.waitForEvent("download"), follow()]);
  return { name: file.suggestedFilename(), path: await file.path() };
}
