import { test } from "vitest";
import { keepPicture, type Look, settle, visit } from "../browser.ts";
import { logIn } from "../hands.ts";
import { admin, browser, chat, servers } from "../walk.ts";
import { routes } from "./looks.ts";

/** The pictures that the documentation shows, by their names: of which page, and how it is looked at. */
const kept: Readonly<Record<string, { of: keyof typeof routes; width: Look["width"]; theme: Look["theme"] }>> = {
  console: { of: "console", width: 1280, theme: "dark" },
  keys: { of: "keys", width: 1280, theme: "dark" },
  requests: { of: "requests", width: 1280, theme: "dark" },
  settings: { of: "settings", width: 1280, theme: "light" },
  "console-phone": { of: "console", width: 390, theme: "dark" },
};

/** The documentation's pictures: a gateway at work, on a desk and on a phone. */
export function picturesWalk(): void {
  /** What they show is busy: some minutes of traffic, in waves, from several applications. */
  test("traffic for the pictures", { timeout: 30 * 60_000 }, async () => {
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
    const made = ["搜索助手", "客服机器人", "翻译服务"].map(async (name) => {
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

  test.each(Object.entries(kept))("the picture %s", async (name, { of, width, theme }) => {
    const { page } = await visit(browser, { width, locale: "zh-CN", theme }, { reducedMotion: "reduce" });
    const { path = "/", ready = "main" } = routes[of] ?? {};
    await page.goto(servers.page + path);
    await logIn(page);
    await page.locator(ready).first().waitFor();
    // What the few minutes of traffic have drawn.
    if (of === "console") await page.getByRole("button", { name: "1h" }).click();
    await settle(page);
    await keepPicture(page, name);
    await page.context().close();
  });
}
