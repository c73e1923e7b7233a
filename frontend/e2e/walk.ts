import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll } from "vitest";
import { type Look, launch, picture, visit } from "./browser.ts";
import { type Servers, startServers } from "./servers.ts";

// What all walks share: the programs, and the one visitor who goes through them.
export let servers: Servers;
export let browser: Browser;
export let page: Page;
/** What the visitor's browser has complained of. */
export let complaints: string[];
/** What the first run made, for the walks after it. */
export const first = { userKey: "" };
/** How often the visitor has clicked. */
export const clicks = { count: 0 };

const desk: Look = { width: 1280, locale: "zh-CN", theme: "dark" };

/** Starts the programs and the visitor before the first walk, and stops them after the last. */
export function startWalk(): void {
  beforeAll(async () => {
    servers = await startServers();
    browser = await launch();
    // Standing still: the landscape drifts at the cost of a processor that the walk can use.
    ({ page, complaints } = await visit(browser, desk, { reducedMotion: "reduce" }));
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.exposeBinding("countClick", () => {
      clicks.count += 1;
    });
    await page.addInitScript(() => {
      const { countClick } = window as unknown as { countClick: () => void };
      addEventListener("click", (event) => event.isTrusted && countClick(), true);
    });
  });

  afterAll(async () => {
    await browser?.close();
    await servers?.stop();
  });

  afterEach(async ({ task }) => {
    if (task.result?.state !== "fail") return;
    await picture(page, "failed");
    console.log(servers.gatewayLog(), complaints);
  });
}

export const button = (name: string | RegExp, on: Page = page) => on.getByRole("button", { name });

export async function logIn(on: Page, password = servers.password): Promise<void> {
  await on.locator("input[autocomplete=username]").fill("admin");
  await on.locator("input[autocomplete=current-password]").fill(password);
  await on.locator("input[autocomplete=current-password]").press("Enter");
}

/** Pastes text into the first text area, as a user would. */
export async function paste(on: Page, text: string): Promise<void> {
  await on
    .locator("textarea")
    .first()
    .evaluate((area, pasted) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text", pasted);
      area.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }, text);
}

/** Asks the gateway as a client does, and tells the status. */
export async function chat(model: string, key = first.userKey, stream = false): Promise<number> {
  const response = await fetch(`${servers.api}/v1/chat/completions`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: JSON.stringify({
      model,
      stream,
      messages: [{ role: "user", content: key === first.userKey ? "你好" : "请用三句话介绍一下高原湖泊。".repeat(8) }],
    }),
  });
  await response.arrayBuffer();
  return response.status;
}

/** A session of the admin's beside the page's. */
export async function adminToken(): Promise<string> {
  const response = await fetch(`${servers.api}/admin/v1/auth/login`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ username: "admin", password: servers.password }),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}
