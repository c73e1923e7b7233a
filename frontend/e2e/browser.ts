import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page, type Request } from "playwright-core";

/** Whether this walk takes the documentation's pictures. */
export const keeping = Boolean(process.env.KEEP_PICTURES);

const results = resolve(import.meta.dirname, "../test-results");
const documents = resolve(import.meta.dirname, "../../docs/images");

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
}

export interface Look {
  width: 1280 | 390;
  locale: "zh-CN" | "en-US";
  theme: "dark" | "light";
}

/** A look in a word, e.g. "1280-zh-dark". */
export function nameOf({ width, locale, theme }: Look): string {
  return `${width}-${locale.slice(0, 2)}-${theme}`;
}

/** A fresh visitor, and all that the browser complained about in the meantime. */
export async function visit(browser: Browser, look: Look, more: BrowserContextOptions = {}): Promise<{ page: Page; complaints: string[] }> {
  const phone = look.width < 768;
  const context = await browser.newContext({
    viewport: { width: look.width, height: phone ? 844 : 900 },
    locale: look.locale,
    colorScheme: look.theme,
    timezoneId: "Asia/Shanghai",
    hasTouch: phone,
    deviceScaleFactor: phone && keeping ? 2 : 1,
    ...more,
  });
  context.setDefaultTimeout(15_000);
  await context.addInitScript(tellPolicy);
  const complaints: string[] = [];
  context.on("page", (opened) => {
    watchRequests(opened);
    opened.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    opened.on("pageerror", (error) => complaints.push(error.message));
  });
  return { page: await context.newPage(), complaints };
}

/** Runs before the page's own code: whatever the content security policy has to stop is a complaint. */
function tellPolicy(): void {
  document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile, lineNumber }) =>
    console.error(`policy: ${violatedDirective} stopped ${blockedURI} at ${sourceFile}:${lineNumber}`),
  );
}

/** From now on the visitor wants less transparency. */
export async function lessTransparency(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-reduced-transparency", value: "reduce" }] });
}

const quietMs = 250;
const settleMs = 15_000;
const underWay = new WeakMap<Page, Set<Request>>();

/** Counts what a page asks for; the stream of events, which never ends, does not count. */
function watchRequests(page: Page): void {
  const open = new Set<Request>();
  underWay.set(page, open);
  page.on("request", (request) => !request.url().endsWith("/admin/v1/events") && open.add(request));
  page.on("requestfinished", (request) => open.delete(request));
  page.on("requestfailed", (request) => open.delete(request));
}

/** Waits until the page has asked for nothing for a moment. */
export async function settle(page: Page): Promise<void> {
  await page.waitForLoadState("load");
  const end = Date.now() + settleMs;
  for (let quietSince = Date.now(); Date.now() - quietSince < quietMs; await new Promise((done) => setTimeout(done, 25))) {
    if ((underWay.get(page)?.size ?? 0) > 0) quietSince = Date.now();
    if (Date.now() > end)
      throw new Error(`the page does not come to rest: ${[...(underWay.get(page) ?? [])].map((request) => request.url())}`);
  }
}

/** What lies over a page, and is all that can be worked while it does. */
const layers = "[role=dialog], [role=menu]";

/** What axe finds wrong on the page as it stands, a line each; where a dialog or a menu lies over it, in that and what is told meanwhile. */
export async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
  return page.evaluate(async (over) => {
    const { axe: checker } = window as unknown as { axe: typeof import("axe-core") };
    const covered = document.querySelector(over) !== null;
    const where = covered ? { include: [over, ...(document.querySelector(".toast") ? [".toasts"] : [])] } : document;
    const result = await checker.run(where, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
    return result.violations.flatMap((fault) =>
      fault.nodes.map((node) => `${fault.id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ""}`),
    );
  }, layers);
}

/** By how many pixels the page is wider than its window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth));
}

export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(results, { recursive: true });
  await page.screenshot({ path: join(results, `${name}.png`) });
}

/** Takes a picture for the documentation. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  mkdirSync(documents, { recursive: true });
  await page.screenshot({ path: join(documents, `${name}.png`) });
}
