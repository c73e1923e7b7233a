import { expect, test } from "vitest";
import { sound } from "../eyes.ts";
import { button, close, goTo, keyPanel, open, row, see, tap } from "../hands.ts";
import { admin, chat, like, page, servers, t } from "../walk.ts";

const key = (index: number) => `AIzaSy-FAKE-own-${index}-`.padEnd(39, "0");

/** A console of a gateway that has seen much. */
export function consoleWalk(): void {
  test("a console of many projects shows the first, and all when asked", async () => {
    await admin("POST", "/gemini-keys/import", { text: Array.from({ length: 9 }, (_, index) => key(index)).join("\n") });
    await open("/");
    await tap(button(like("console.moreProjects")));
    await see(t("console.fewerProjects"));
    await sound("a console with all of its projects");
    await tap(button(t("console.fewerProjects")));
    await button(like("console.moreProjects")).waitFor();
  });

  test("the console leads to what it tells of", async () => {
    await servers.simulate("POST", "scripts", { target: {}, steps: [{ do: "status", code: 503, times: -1 }] });
    expect(await chat("gemini-3.8-flash")).toBeGreaterThanOrEqual(500);
    await servers.simulate("DELETE", "scripts");
    await tap(page.getByRole("link", { name: t("console.attention.replace"), exact: true }).first());
    await see(t("drawer.failing"), keyPanel());
    await close();
    await goTo("console");
    const failure = page.locator("main tbody .row-button").first();
    await failure.waitFor();
    await sound("a console with a failure");
    await tap(failure);
    await page.waitForURL(/\/requests\?.*q=/);
    await row("gemini-3.8-flash").waitFor();
    await goTo("console");
    await tap(page.getByRole("link", { name: t("console.failures.all") }));
    await page.waitForURL(/\/requests$/);
  });
}
