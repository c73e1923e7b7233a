import { expect, test } from "vitest";
import { keeping, type Look, overflow, picture, settle, violations, visit } from "../browser.ts";
import { browser, logIn, servers } from "../walk.ts";

/** Each page and dialog by a name for its picture, its address, and what shows that it is there. */
const routes: Readonly<Record<string, { path: string; ready: string }>> = {
  console: { path: "/", ready: "section .chart canvas, section p" },
  keys: { path: "/keys", ready: ".row-button" },
  key: { path: "/keys?key=1", ready: "dl" },
  import: { path: "/keys?open=import", ready: "[role=dialog] textarea" },
  users: { path: "/keys?tab=user", ready: "[role=tabpanel] li, tbody tr" },
  create: { path: "/keys?tab=user&open=create", ready: "[role=dialog] input" },
  requests: { path: "/requests", ready: ".request-table, main ul" },
  models: { path: "/models", ready: "main [role=switch]" },
  playground: { path: "/playground", ready: "main form" },
  files: { path: "/files", ready: "main .field" },
  system: { path: "/system", ready: "dl" },
  backup: { path: "/system?open=backup", ready: "[role=dialog] input" },
  restore: { path: "/system?open=restore", ready: "[role=dialog] input" },
  settings: { path: "/settings", ready: ".radio-card" },
  health: { path: "/settings?section=health", ready: ".option" },
  quota: { path: "/settings?section=quota", ready: ".shares" },
  answers: { path: "/settings?section=answers", ready: ".option" },
  symbols: { path: "/settings?section=symbols", ready: ".option" },
  removed: { path: "/keys?tab=removed", ready: "[role=tabpanel] p" },
};

const looks = ([1280, 390] as const).flatMap((width) =>
  (["zh-CN", "en-US"] as const).flatMap((locale) => (["dark", "light"] as const).map((theme): Look => ({ width, locale, theme }))),
);

/** Every page, in every look. */
export function looksWalk(): void {
  test.each(looks)("every page is sound at $width px, $locale, $theme", { timeout: 300_000 }, async (look) => {
    const { page: fresh, complaints: heard } = await visit(browser, look, { reducedMotion: "reduce" });
    const suffix = `${look.width}-${look.locale.slice(0, 2)}-${look.theme}`;
    const examine = async (name: string) => {
      if (keeping && name === "console") {
        await fresh.getByRole("button", { name: "1h" }).click();
        await settle(fresh);
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
      await settle(fresh);
      await examine(name);
    }
    expect(heard).toEqual([]);
    await fresh.context().close();
  });
}
