import { expect, test } from "vitest";
import { keeping, type Look, overflow, picture, settle, violations, visit } from "../browser.ts";
import { faintTexts } from "../contrast.ts";
import { blurredLayers, layoutShift, runningAnimations, smallTargets, watchLayout } from "../soundness.ts";
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
  restore: { path: "/system?open=restore", ready: "[role=dialog] input[type=password]" },
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

/** What a page may cost: measured on an idle machine it is far below, and a walk's machine may be busy. */
const most = { shift: 0.2, blurredLayers: 6, usableMs: 5_000 };

/** Every page, in every look. */
export function looksWalk(): void {
  const measured = { shift: 0, blurredLayers: 0, usableMs: 0 };

  test.each(looks)("every page is sound at $width px, $locale, $theme", { timeout: 300_000 }, async (look) => {
    const { page: fresh, complaints: heard } = await visit(browser, look, { reducedMotion: "reduce" });
    await fresh.addInitScript(watchLayout);
    const phone = look.width < 768;
    const suffix = `${look.width}-${look.locale.slice(0, 2)}-${look.theme}`;
    const examine = async (name: string) => {
      if (keeping && name === "console") {
        await fresh.getByRole("button", { name: "1h" }).click();
        await settle(fresh);
      }
      await picture(fresh, `${name}-${suffix}`);
      const shift = await layoutShift(fresh);
      const layers = await blurredLayers(fresh);
      measured.shift = Math.max(measured.shift, shift);
      measured.blurredLayers = Math.max(measured.blurredLayers, layers);
      expect.soft(shift, `${name} moves while it loads`).toBeLessThanOrEqual(most.shift);
      expect.soft(layers, `blurred layers of ${name}`).toBeLessThanOrEqual(most.blurredLayers);
      expect.soft(await overflow(fresh), `${name} is too wide`).toBe(0);
      expect.soft(await violations(fresh), `axe on ${name}`).toEqual([]);
      // Colours and sizes are the same in both languages; pictures for the documentation are of another scale.
      if (look.locale !== "zh-CN" || keeping) return;
      expect.soft(await faintTexts(browser, fresh), `faint texts of ${name}`).toEqual([]);
      if (phone) expect.soft(await smallTargets(fresh), `small targets of ${name}`).toEqual([]);
    };
    const use = async (path: string, ready: string) => {
      await fresh.goto(`${servers.page}${path}`);
      await fresh.locator(ready).first().waitFor();
      measured.usableMs = Math.max(measured.usableMs, await fresh.evaluate(() => performance.now()));
      await settle(fresh);
    };
    await use("/", "form");
    await examine("login");
    await logIn(fresh);
    await fresh.locator(".chart canvas").first().waitFor();
    expect(await fresh.evaluate(() => [document.documentElement.lang, document.documentElement.dataset.theme])).toEqual([
      look.locale === "zh-CN" ? "zh-CN" : "en",
      look.theme,
    ]);
    for (const [name, { path, ready }] of Object.entries(routes)) {
      await use(path, ready);
      await examine(name);
    }
    expect(await runningAnimations(fresh), "animations though less motion is wanted").toBe(0);
    expect(heard).toEqual([]);
    await fresh.context().close();
  });

  test("what was measured on the way", () => {
    console.log(
      `layout shift at most ${measured.shift.toFixed(4)}, blurred layers at most ${measured.blurredLayers}, usable after at most ${Math.round(measured.usableMs)} ms`,
    );
    expect(measured.usableMs).toBeLessThanOrEqual(most.usableMs);
  });

  test("who wants less transparency gets none", async () => {
    const { page: fresh } = await visit(browser, { width: 1280, locale: "zh-CN", theme: "dark" });
    const session = await fresh.context().newCDPSession(fresh);
    await session.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-reduced-transparency", value: "reduce" }] });
    await fresh.goto(servers.page);
    await logIn(fresh);
    await fresh.locator(".chart canvas").first().waitFor();
    expect(await blurredLayers(fresh)).toBe(0);
    await fresh.context().close();
  });
}
