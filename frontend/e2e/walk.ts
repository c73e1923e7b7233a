import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { TextFunction } from "../src/text/translate.ts";
import { type Look, launch, lessTransparency, nameOf, picture, visit } from "./browser.ts";
import { type Servers, startServers } from "./servers.ts";
import { type Likeness, wordsOf } from "./text.ts";

// What all walks of one file share: the programs, and the one visitor who goes through them. Each file has its own.
export let servers: Servers;
export let browser: Browser;
export let page: Page;
/** What the visitor's browser has complained of. */
export let complaints: string[];
/** How the visitor sees the page. */
export let look: Look;
/** Whether the visitor has a phone, and a finger in place of a mouse and a keyboard. */
export let phone: boolean;
/** The page's words in the visitor's language. */
export let t: TextFunction;
/** The same as patterns, where not all of a text is known. */
export let like: Likeness;
/** What the page has asked the gateway for, as "GET /admin/v1/settings". */
export const asked = new Set<string>();
/** What the first run made, for the walks after it. */
export const first = { userKey: "" };
/** How often the visitor has clicked. */
export const clicks = { count: 0 };

/** Starts the programs and the visitor before the first walk, and stops them after the last. */
export function startWalk(as: Look): void {
  look = as;
  phone = as.width < 768;
  ({ t, like } = wordsOf(as.locale === "zh-CN" ? "zh-CN" : "en"));

  beforeAll(async () => {
    servers = await startServers();
    browser = await launch();
    // Standing still: the landscape drifts at the cost of a processor that the walk can use.
    ({ page, complaints } = await visit(browser, look, { reducedMotion: "reduce" }));
    const context = page.context();
    // Half of the passes: the page must be as usable without its glass, whose blur takes most of a walk's time where no graphics processor is.
    if (look.theme === "light") await lessTransparency(page);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    context.on("request", (request) => {
      const { origin, pathname } = new URL(request.url());
      if (origin === servers.api) asked.add(`${request.method()} ${pathname}`);
    });
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
    await picture(page, `failed-${nameOf(look)}-${task.name.replaceAll(/\W+/g, "-").slice(0, 60)}`);
    const warnings = servers
      .gatewayLog()
      .split("\n")
      .filter((line) => !line.includes('"level":"INFO"'));
    console.log(page.url(), warnings.slice(-20).join("\n"), complaints);
  });
}

/** Takes note of complaints that a walk wanted: a browser writes a line for every refusal. Any other fails the walk. */
export function expectComplaints(...wanted: RegExp[]): void {
  const others = complaints.filter((one) => !wanted.some((pattern) => pattern.test(one)));
  complaints.length = 0;
  expect(others, "what the browser complained of").toEqual([]);
}

/** What a browser writes when a request gets this status. */
export const refusal = (status: number) => new RegExp(`the server responded with a status of ${status}`);
/** What a browser writes when nobody answers. */
export const unreachable = /net::ERR_/;

/** Keeps what the page asks for waiting until it is let go. Gives what lets it go. */
export async function hold(method: string, path: string): Promise<() => Promise<void>> {
  let release = () => {};
  const released = new Promise<void>((done) => {
    release = done;
  });
  const held = (url: URL) => url.pathname === path;
  await page.route(held, async (route) => {
    if (route.request().method() === method) await released;
    await route.fallback();
  });
  return async () => {
    release();
    await page.unroute(held);
  };
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

/** Asks the admin API beside the page, with a session of its own. */
export async function admin(method: string, path: string, body?: object): Promise<unknown> {
  const ask = async (anew: boolean) => {
    if (anew) token = await adminToken();
    return fetch(`${servers.api}/admin/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
  };
  let response = await ask(token === undefined);
  // A walk may have ended all sessions but its own.
  if (response.status === 401) response = await ask(true);
  const text = await response.text();
  expect(response.status, `${method} ${path}: ${text}`).toBeLessThan(300);
  return text ? JSON.parse(text) : undefined;
}

let token: string | undefined;

async function adminToken(): Promise<string> {
  const response = await fetch(`${servers.api}/admin/v1/auth/login`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ username: "admin", password: servers.password }),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}
