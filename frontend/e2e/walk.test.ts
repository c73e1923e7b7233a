import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { keeping, type Look, launch, overflow, picture, violations, visit } from "./browser.ts";
import { type Servers, startServers } from "./servers.ts";

let servers: Servers;
let browser: Browser;
let page: Page;
let complaints: string[];
let userKey = "";

const desk: Look = { width: 1280, locale: "zh-CN", theme: "dark" };

beforeAll(async () => {
  servers = await startServers();
  browser = await launch();
  ({ page, complaints } = await visit(browser, desk));
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

const button = (name: string | RegExp, on: Page = page) => on.getByRole("button", { name });

async function logIn(on: Page, password = servers.password): Promise<void> {
  await on.locator("input[autocomplete=username]").fill("admin");
  await on.locator("input[autocomplete=current-password]").fill(password);
  await on.locator("input[autocomplete=current-password]").press("Enter");
}

async function paste(on: Page, text: string): Promise<void> {
  await on
    .locator("textarea")
    .first()
    .evaluate((area, pasted) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text", pasted);
      area.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }, text);
}

async function chat(model: string, key = userKey, stream = false): Promise<number> {
  const response = await fetch(`${servers.api}/v1/chat/completions`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: JSON.stringify({
      model,
      stream,
      messages: [{ role: "user", content: key === userKey ? "你好" : "请用三句话介绍一下高原湖泊。".repeat(8) }],
    }),
  });
  await response.arrayBuffer();
  return response.status;
}

async function adminToken(): Promise<string> {
  const response = await fetch(`${servers.api}/admin/v1/auth/login`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ username: "admin", password: servers.password }),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}

test("a visitor is asked to log in, and comes back to the page they wanted", async () => {
  await page.goto(`${servers.page}/keys?tab=removed`);
  await page.getByText("网关运行正常").waitFor();
  await logIn(page, "wrong");
  await page.getByText("用户名或密码不对").waitFor();
  await logIn(page);
  await page.getByText("没有移除过的密钥").waitFor();
  complaints.length = 0; // the browser itself writes a line for the 401 that was wanted
});

test("an empty gateway leads to its first keys, which are masked from the moment they are pasted", async () => {
  await page.goto(servers.page);
  await page.getByText("三步开始转发请求").waitFor();
  await page.getByRole("link", { name: "导入密钥" }).click();
  await paste(page, `${servers.keys.join("\n")} sk-not-a-gemini-key-at-all-000000`);
  const submit = button(`导入 ${servers.keys.length} 个密钥`);
  await submit.waitFor();
  const html = await page.content();
  for (const key of servers.keys) expect(html).not.toContain(key);
  await submit.click();
  await page.getByText(`检测完 ${servers.keys.length} 个密钥，1 个不可用`).waitFor();
  await expect.poll(() => page.locator("tbody tr").count()).toBe(servers.keys.length);
});

test("a user key is shown once, and only its own button closes it", async () => {
  await page.goto(servers.page);
  await page.getByRole("link", { name: "创建密钥" }).click();
  await page.getByLabel("名称").fill("走查");
  await button("新建密钥", page).last().click();
  await page.getByText("「走查」的密钥已创建").waitFor();
  await page.keyboard.press("Escape");
  await button("显示").click();
  userKey = (await page.locator("[data-secret]").textContent()) ?? "";
  expect(userKey).toMatch(/^sk-/);
  expect(await button("完成").isDisabled()).toBe(true);
  await page.getByLabel("我已保存好密钥").click();
  await button("完成").click();
  await page.getByText("走查", { exact: true }).waitFor();
  expect(await page.content()).not.toContain(userKey);
});

test("requests are counted on the console", async () => {
  await page.goto(servers.page);
  await page.getByText("正在等第一个请求").waitFor();
  for (const model of ["gemini-flash-latest", "gemini-3.8-flash", "gemini-3.8-flash"]) expect(await chat(model)).toBe(200);
  expect(await chat("no-such-model")).toBeGreaterThanOrEqual(400);
  const tile = button(/^今日请求/);
  await expect.poll(() => tile.textContent(), { timeout: 20_000 }).toMatch(/^今日请求[34]/);
  await page.getByText("正在等第一个请求").waitFor({ state: "detached" });
  await page.locator(".chart canvas").first().waitFor();
  await button("1h").click();
  await page.locator(".chart").focus();
  await page.keyboard.press("End");
  await page.locator(".chart .tip").waitFor();
  await page.keyboard.press("Escape");
});

test("a key is renamed, disabled, checked, removed and brought back", async () => {
  await page.goto(`${servers.page}/keys`);
  await page.locator("tbody tr").first().getByRole("button").click();
  const drawer = page.getByRole("complementary", { name: "密钥详情" });
  await drawer.getByLabel("名称").fill("北极星-01");
  await drawer.getByRole("button", { name: "保存" }).click();
  await page.getByText("已保存 北极星-01").waitFor();
  await drawer.getByRole("button", { name: "停用" }).click();
  await page.getByText("已停用 北极星-01").waitFor();
  await drawer.getByRole("button", { name: "启用" }).click();
  await page.getByText("已启用 北极星-01").waitFor();
  await drawer.getByRole("button", { name: "检测" }).click();
  await page.getByText(/北极星-01 可用/).waitFor();
  await drawer.getByRole("button", { name: "移除" }).click();
  await page.getByText("已移除 北极星-01").waitFor();
  await drawer.waitFor({ state: "detached" });
  await expect.poll(() => page.locator("tbody tr").count()).toBe(servers.keys.length - 1);
  await button("撤销").click();
  await page.getByText("已恢复 北极星-01").waitFor();
  await expect.poll(() => page.locator("tbody tr").count()).toBe(servers.keys.length);
  expect(complaints).toEqual([]);
});

test("a setting is changed, told before it is saved, and in force after", async () => {
  await page.goto(`${servers.page}/settings`);
  await page.getByLabel("最长排队 (秒)").fill("61");
  const bar = page.getByRole("region", { name: "未保存的更改" });
  await bar.getByRole("button", { name: "保存" }).click();
  await page.getByText("填 0 到 60 之间的数").waitFor();
  await page.getByLabel("最长排队 (秒)").fill("3");
  await page.getByText("依次轮流", { exact: true }).click();
  await bar.getByText(/最长排队 10 秒 → 3 秒/).waitFor();
  await page.getByRole("link", { name: "控制台" }).click();
  const question = page.getByRole("dialog", { name: "离开前保存更改吗？" });
  await question.waitFor();
  await page.keyboard.press("Escape");
  await question.waitFor({ state: "detached" });
  await page.keyboard.press("Control+s");
  await page.getByText("设置已保存").waitFor();
  await bar.waitFor({ state: "detached" });
  await page.reload();
  await expect.poll(() => page.getByLabel("最长排队 (秒)").inputValue()).toBe("3");
});

test("settings saved elsewhere meanwhile are told and merged", async () => {
  await page.getByLabel("最长排队 (秒)").fill("5");
  const token = await adminToken();
  const patch = (body: object) =>
    fetch(`${servers.api}/admin/v1/settings`, {
      method: "PATCH",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  expect((await patch({ queue_wait: 7, max_key_attempts: 9 })).status).toBe(200);
  await page.keyboard.press("Control+s");
  await page.getByText("设置刚在别处改过").waitFor();
  await page.getByText("最长排队两边都改了：别处是 7 秒，你的是 5 秒").waitFor();
  await button("合并并保存").click();
  await page.getByText("设置刚在别处改过").waitFor({ state: "detached" });
  await page.reload();
  await expect.poll(() => page.getByLabel("最长排队 (秒)").inputValue()).toBe("5");
  expect(await page.getByLabel("最多试几个密钥 (个)").inputValue()).toBe("9");
  await patch({ queue_wait: null, max_key_attempts: null, strategy: null });
  complaints.length = 0; // the browser itself writes a line for the 412 that was wanted
});

test("every request is listed, with its attempts", async () => {
  await page.goto(`${servers.page}/requests`);
  const failed = page.getByRole("row").filter({ hasText: "no-such-model" }).first();
  await failed.getByRole("button").click();
  await page.getByRole("list", { name: "每次尝试的时间" }).or(page.getByText("没有向上游发出过尝试。")).first().waitFor();
  await button("成功").click();
  await failed.waitFor({ state: "detached" });
  expect(new URL(page.url()).searchParams.get("status")).toBe("2xx");
  const [download] = await Promise.all([page.waitForEvent("download"), button("导出").click()]);
  expect(download.suggestedFilename()).toMatch(/^requests-.*\.csv$/);
  expect(complaints).toEqual([]);
});

test("a model is limited, renamed for clients, switched off and put back", async () => {
  await page.goto(`${servers.page}/models`);
  await button("同步").click();
  await page.getByText(/上游共有 \d+ 个模型/).waitFor();
  await button(/^修改 gemini-3\.8-flash$/).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("RPM").fill("ten");
  await dialog.getByRole("button", { name: "保存" }).click();
  await dialog.getByText("只能填整数，例如 10").waitFor();
  await dialog.getByLabel("RPM").fill("10");
  await dialog.getByLabel("别名").fill("gpt-walk");
  await dialog.getByRole("button", { name: "保存" }).click();
  await page.getByText("已保存 gemini-3.8-flash").waitFor();
  expect(await chat("gpt-walk")).toBe(200);
  await page.getByRole("switch", { name: "对外提供 gemini-3.8-flash", exact: true }).click();
  await page.getByText("已停用 gemini-3.8-flash").waitFor();
  expect(await chat("gemini-3.8-flash")).toBe(404);
  await button(/^修改 gemini-3\.8-flash$/).click();
  await dialog.getByRole("button", { name: "恢复默认" }).click();
  await page.getByText("gemini-3.8-flash 已恢复默认").waitFor();
  expect(await chat("gemini-3.8-flash")).toBe(200);
  expect(complaints).toEqual([]);
});

test("the playground asks with a key of its own, and deletes it", async () => {
  await page.goto(`${servers.page}/playground`);
  await button("新建一把并开始").click();
  await page.getByLabel("消息").fill("天为什么是蓝的？");
  await page.keyboard.press("Enter");
  const log = page.getByRole("log");
  await log.getByText(/heard: 天为什么是蓝的？/).waitFor();
  await log.getByText(/试了 1 次 · 首字 .+ · 共 .+ · 输入 \d+，输出 \d+ Token/).waitFor();
  await picture(page, "playground");
  await button("删除试用密钥").click();
  await button("新建一把并开始").waitFor();
  expect(complaints).toEqual([]);
});

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

test("the palette finds pages, keys and settings", async () => {
  await page.goto(servers.page);
  await page.getByText("最近的失败").waitFor();
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox");
  await field.fill("北极星");
  await page.getByRole("option", { name: /北极星-01/ }).waitFor();
  expect(await violations(page)).toEqual([]);
  await picture(page, "palette");
  await page.keyboard.press("Enter");
  await page.getByRole("complementary", { name: "密钥详情" }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await field.fill("符号");
  await page.keyboard.press("Enter");
  await page.getByText("开启符号注入").waitFor();
  await page.getByLabel("一段文字").fill("天为什么是蓝的？");
  await expect.poll(() => page.getByText(/^加了 \d+ 个字符$/).count()).toBe(6);
  expect(complaints).toEqual([]);
});

test("a second tab shares the session, and logging out there ends it here", async () => {
  const twin = await page.context().newPage();
  await twin.goto(`${servers.page}/keys`);
  await twin.locator(".row-button").first().waitFor();
  await button("退出登录", twin).first().click();
  await twin.locator("form").waitFor();
  await page.locator("form").waitFor();
  await twin.close();
  await logIn(page);
  await page.getByRole("navigation").first().waitFor();
  await page.goto(`${servers.page}/keys`);
});

test("a session that ends asks for the password over the page, and keeps what was typed", async () => {
  await page.locator("tbody tr").first().getByRole("button").click();
  const note = page.getByRole("complementary").getByLabel("备注");
  await note.fill("写到一半");
  await page.evaluate(() => sessionStorage.clear());
  const refused = (url: URL) => url.pathname.startsWith("/admin/v1/gemini-keys");
  await page.route(refused, (route) =>
    route.fulfill({
      status: 401,
      contentType: "application/problem+json",
      headers: { "Access-Control-Allow-Origin": "*" },
      body: JSON.stringify({ status: 401, code: "token_expired", title: "expired" }),
    }),
  );
  const dialog = page.getByRole("dialog", { name: "请重新登录" });
  await dialog.waitFor();
  await page.unroute(refused);
  await dialog.locator("input[autocomplete=current-password]").fill(servers.password);
  await dialog.getByRole("button", { name: "登录" }).click();
  await dialog.waitFor({ state: "detached" });
  expect(await note.inputValue()).toBe("写到一半");
  await page.getByRole("button", { name: "放弃" }).click();
  complaints.length = 0;
});

test("a gateway that goes away is told in words, and the page recovers by itself", async () => {
  await page.goto(servers.page);
  await page.getByText("最近的失败").waitFor();
  await servers.stopGateway();
  await page.getByText("没连上网关", { exact: true }).waitFor();
  await picture(page, "gateway-away");
  await servers.startGateway();
  await page.getByText("没连上网关", { exact: true }).waitFor({ state: "detached", timeout: 30_000 });
  await page.getByText("实时").waitFor();
  complaints.length = 0;
});

const routes = {
  console: { path: "/", ready: "section .chart canvas, section p" },
  keys: { path: "/keys", ready: ".row-button" },
  key: { path: "/keys?key=1", ready: "dl" },
  import: { path: "/keys?open=import", ready: "[role=dialog] textarea" },
  users: { path: "/keys?tab=user", ready: "[role=tabpanel] li, tbody tr" },
  create: { path: "/keys?tab=user&open=create", ready: "[role=dialog] input" },
  requests: { path: "/requests", ready: ".request-table, main ul" },
  models: { path: "/models", ready: "main [role=switch]" },
  playground: { path: "/playground", ready: "main form" },
  system: { path: "/system", ready: "dl" },
  settings: { path: "/settings", ready: ".radio-card" },
  health: { path: "/settings?section=health", ready: ".option" },
  quota: { path: "/settings?section=quota", ready: ".shares" },
  answers: { path: "/settings?section=answers", ready: ".option" },
  symbols: { path: "/settings?section=symbols", ready: ".option" },
  removed: { path: "/keys?tab=removed", ready: "[role=tabpanel] p" },
};

/** What the documentation shows is a busy gateway: some minutes of traffic, in waves, from several applications. */
test.runIf(keeping)("traffic for the pictures", { timeout: 30 * 60_000 }, async () => {
  const token = await adminToken();
  const admin = async (method: string, path: string, body: object) => {
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
    const response = await fetch(`${servers.api}/admin/v1${path}`, { method, headers, body: JSON.stringify(body) });
    expect(response.status, `${method} ${path}`).toBeLessThan(300);
    return response.json();
  };
  const models = ["gemini-3.8-flash", "gemini-3.8-flash", "gemini-flash-latest", "gemini-2.5-flash", "gemini-3.1-flash-lite"];
  for (const model of new Set(models)) await admin("PUT", `/models/${model}`, { rpm: 40, tpm: 1_000_000, rpd: 2_000, enabled: true });
  for (const [id, project] of [
    "北极星",
    "北极星",
    "北极星",
    "云杉",
    "云杉",
    "云杉",
    "雪松",
    "雪松",
    "长河",
    "长河",
    "长河",
    "远山",
    "远山",
  ].entries()) {
    await admin("PATCH", `/gemini-keys/${id + 1}`, { project });
  }
  const made = ["数据平台", "客服机器人", "翻译服务"].map(async (name) => {
    const { key } = (await admin("POST", "/user-keys", { name })) as { key: string };
    return key;
  });
  const keys = await Promise.all(made);
  const end = Date.now() + Number(process.env.KEEP_MINUTES ?? 3) * 60_000;
  const open = new Set<Promise<unknown>>();
  for (let turn = 0; Date.now() < end; turn += 1) {
    const rate = 1.4 + Math.sin(turn / 45) + 0.5 * Math.sin(turn / 11);
    if (turn % 97 === 96) open.add(chat("gemini-4-mistyped", keys[0]));
    for (let one = 0; one < rate; one += 1) {
      const index = turn + one;
      const sending = chat(models[index % models.length] ?? "", keys[((index * index) % 5) % 3], index % 3 !== 0).catch(() => 0);
      open.add(sending);
      void sending.finally(() => open.delete(sending));
    }
    await new Promise((done) => setTimeout(done, 700));
  }
  await Promise.all(open);
});

const looks = ([1280, 390] as const).flatMap((width) =>
  (["zh-CN", "en-US"] as const).flatMap((locale) => (["dark", "light"] as const).map((theme): Look => ({ width, locale, theme }))),
);

test.each(looks)("every page is sound at $width px, $locale, $theme", { timeout: 300_000 }, async (look) => {
  const { page: fresh, complaints: heard } = await visit(browser, look, { reducedMotion: "reduce" });
  const suffix = `${look.width}-${look.locale.slice(0, 2)}-${look.theme}`;
  const examine = async (name: string) => {
    if (keeping && name === "console") {
      await fresh.getByRole("button", { name: "1h" }).click();
      await fresh.waitForLoadState("networkidle");
    }
    await picture(fresh, `${name}-${suffix}`);
    expect.soft(await overflow(fresh), `${name} is too wide`).toBe(0);
    expect.soft(await violations(fresh), `axe on ${name}`).toEqual([]);
  };
  await fresh.goto(servers.page);
  await fresh.locator("form").waitFor();
  await examine("login");
  await logIn(fresh);
  await fresh.locator(".chart canvas").first().waitFor();
  expect(await fresh.evaluate(() => [document.documentElement.lang, document.documentElement.dataset.theme])).toEqual([
    look.locale === "zh-CN" ? "zh-CN" : "en",
    look.theme,
  ]);
  for (const [name, { path, ready }] of Object.entries(routes)) {
    await fresh.goto(`${servers.page}${path}`);
    await fresh.locator(ready).first().waitFor();
    await fresh.waitForLoadState("networkidle");
    await examine(name);
  }
  expect(heard).toEqual([]);
  await fresh.context().close();
});

test("logging out leaves nothing behind", async () => {
  await button("退出登录").first().click();
  await page.locator("form").waitFor();
  expect(await page.evaluate(() => sessionStorage.getItem("refresh_token"))).toBeNull();
  await page.goto(`${servers.page}/keys`);
  await page.locator("form").waitFor();
});
