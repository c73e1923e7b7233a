import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { sound } from "../eyes.ts";
import {
  button,
  close,
  dialog,
  download,
  field,
  keyPanel,
  menuItem,
  open,
  openers,
  openKey,
  paste,
  pick,
  row,
  see,
  takeUp,
  tap,
  text,
  told,
} from "../hands.ts";
import { chat, expectComplaints, like, page, phone, servers, t, unreachable } from "../walk.ts";

const star = "北极星-01";
const bar = () => page.getByRole("region", { name: t("bulk.label") });
const listed = (count: number) => expect.poll(() => openers().count()).toBe(count);

/** Begins to choose keys; a table has its boxes always there. */
async function choose(...names: string[]): Promise<void> {
  if (phone && !(await bar().isVisible())) await pick(t("keys.more"), t("keys.choose"));
  for (const name of names) await tap(page.getByRole("checkbox", { name: t("bulk.chooseOne", { name }) }));
}

/** The names of all keys in the list. */
async function names(): Promise<string[]> {
  return page.locator("main .row-button + span").allTextContents();
}

/** What can be done to Gemini keys. */
export function geminiKeysWalk(): void {
  test("a key is renamed, disabled, checked, removed and brought back", async () => {
    await open("/keys");
    await tap(openers().first());
    const panel = keyPanel();
    await sound("a key");
    await field(t("drawer.name"), panel).fill("");
    await field(t("drawer.weight"), panel).fill("101");
    await tap(button(t("action.save"), panel));
    await see(t("drawer.needName"), panel);
    await see(t("drawer.needWeight"), panel);
    await sound("a key with wrong fields");
    await tap(button(t("action.discard"), panel));
    await field(t("drawer.name"), panel).fill(star);
    await field(t("drawer.project"), panel).fill("长河");
    await field(t("drawer.note"), panel).fill("walked");
    await tap(button(t("action.save"), panel));
    await told(t("drawer.saved", { name: star }));
    await tap(button(t("drawer.disable"), panel));
    await told(t("drawer.disabled", { name: star }));
    await see(t("drawer.disabledTitle"), panel);
    await sound("a key that is disabled");
    await tap(button(t("drawer.enable"), panel));
    await told(t("drawer.enabled", { name: star }));
    await tap(button(t("drawer.check"), panel));
    await told(like("drawer.checkOk", { name: star }));
    await tap(button(t("drawer.remove"), panel));
    await see(t("keys.removedToast", { name: star }));
    await panel.waitFor({ state: "detached" });
    await listed(servers.keys.length - 1);
    await sound("a key that was just removed");
    await takeUp(t("keys.removedToast", { name: star }), t("action.undo"));
    await told(t("keys.restored", { name: star }));
    await listed(servers.keys.length);
  });

  test("a key that rests says until when, and is woken", async () => {
    await servers.simulate("POST", "scripts", { target: {}, steps: [{ do: "minute_429", retry: "50s" }] });
    expect(await chat("gemini-3.8-flash")).toBe(200);
    await expect.poll(() => button(new RegExp(`^${t("state.resting")}`)).count(), { timeout: 15_000 }).toBe(1);
    await tap(button(new RegExp(`^${t("state.resting")}`)));
    await expect.poll(() => openers().count()).toBeGreaterThan(0);
    await tap(openers().first());
    await button(t("drawer.wake"), keyPanel()).waitFor();
    await sound("a key that rests");
    await tap(button(t("drawer.wake"), keyPanel()));
    await told(like("drawer.woken"));
    await close();
    await open("/keys");
  });

  test("a list of keys is searched, filtered and sorted", async () => {
    const search = field(t("keys.searchLabel"));
    await search.fill("no key is called so");
    await see(t("keys.noMatchTitle"));
    await sound("no key matches");
    await tap(button(t("keys.clearFilters")));
    await listed(servers.keys.length);
    await search.fill(star);
    await listed(1);
    await tap(button(t("action.clear")));
    await listed(servers.keys.length);
    const states = page.getByRole("group", { name: t("keys.states") });
    await tap(button(new RegExp(`^${t("state.failing")}`), states));
    await listed(1);
    await tap(button(new RegExp(`^${t("keys.all")} \\d`), states));
    await listed(servers.keys.length);
    if (phone) {
      await tap(button(t("keys.sortBy")));
      await sound("how keys can be sorted");
      await tap(menuItem(t("keys.column.weight")));
    } else {
      for (const column of ["name", "weight", "requests", "success", "latency", "state"] as const) {
        await tap(
          button(new RegExp(`^${t(column === "name" ? "keys.column.key" : `keys.column.${column}`)}`), page.getByRole("columnheader")),
        );
      }
      await tap(button(new RegExp(`^${t("keys.column.weight")}`), page.getByRole("columnheader")));
    }
    await expect.poll(() => new URL(page.url()).searchParams.get("sort")).toBe("-weight");
    await listed(servers.keys.length);
    await open("/keys");
  });

  test("keys are listed by project, which is searched among all", async () => {
    await tap(button(t("keys.allProjects")));
    await sound("the projects of the keys");
    await field(t("keys.projectSearch"), dialog()).fill("none of that name");
    await see(t("keys.noProject"), dialog());
    await field(t("keys.projectSearch"), dialog()).fill("长");
    await tap(button(/^长河/, dialog()));
    await expect.poll(() => new URL(page.url()).searchParams.get("project")).toBe("长河");
    await listed(1);
    await tap(button("长河"));
    await tap(button(t("keys.allProjects"), dialog()));
    await listed(servers.keys.length);
  });

  test("what the gateway refuses is taken back, and said", async () => {
    const panel = await openKey(star);
    const one = (url: URL) => /\/gemini-keys\/\d+$/.test(url.pathname);
    await page.route(one, (route) => (route.request().method() === "PATCH" ? route.abort() : route.fallback()));
    await tap(button(t("drawer.disable"), panel));
    await told(t("error.failed", { reason: t("error.unreachable") }));
    await button(t("drawer.disable"), panel).waitFor();
    await page.unroute(one);
    await close();
    expectComplaints(unreachable);
    await text(t("connection.down")).waitFor({ state: "detached" });
  });

  test("many keys are changed at once, and what was removed comes back", async () => {
    await listed(servers.keys.length);
    const others = (await names()).filter((name) => name !== star);
    await choose(...others);
    await see(t("bulk.chosen", { count: others.length }), bar());
    await sound("chosen keys");
    await tap(button(t("drawer.weight"), bar()));
    await field(t("drawer.weight"), dialog()).fill("101");
    await page.keyboard.press("Enter");
    await see(t("drawer.needWeight"), dialog());
    await sound("a weight that is none");
    await field(t("drawer.weight"), dialog()).fill("3");
    await page.keyboard.press("Enter");
    await told(t("bulk.done.weight", { count: others.length }));
    await bar().waitFor({ state: "detached" });
    const [some = "", more = ""] = others;
    const change = async (what: "disable" | "enable", done: "disabled" | "enabled") => {
      await choose(some, more);
      await tap(button(t(`drawer.${what}`), bar()));
      await told(t(`bulk.done.${done}`, { count: 2 }));
    };
    await change("disable", "disabled");
    await change("enable", "enabled");
    await choose(some);
    await tap(button(t("drawer.project"), bar()));
    await sound("a project for chosen keys");
    await field(t("drawer.project"), dialog()).fill("雪松");
    await tap(button(t("action.save"), dialog()));
    await told(t("bulk.done.project", { count: 1 }));
    await choose(star);
    await tap(button(t("drawer.check"), bar()));
    await told(t("keys.checkedAll", { count: 1 }));
    await choose(star);
    await tap(button(t("bulk.clear"), bar()));
    await bar().waitFor({ state: "detached" });
    await choose(star);
    await tap(button(t("drawer.remove"), bar()));
    await takeUp(t("bulk.done.removed", { count: 1 }), t("action.undo"));
    await told(t("bulk.done.restored", { count: 1 }));
    await listed(servers.keys.length);
  });

  test("a key that was removed is found again under its tab", async () => {
    await tap(button(t("drawer.remove"), await openKey(star)));
    await told(t("keys.removedToast", { name: star }));
    await tap(page.getByRole("tab", { name: new RegExp(`^${t("keys.removed")}`) }));
    await row(star).waitFor();
    await sound("removed keys");
    await tap(button(t("keys.restore"), row(star)));
    await told(t("keys.restored", { name: star }));
    await see(t("keys.removedEmptyTitle"));
    await tap(page.getByRole("tab", { name: new RegExp(`^${t("keys.gemini")}`) }));
    await listed(servers.keys.length);
  });

  test("removed keys come back, many at once, beside what the next cleanup would take", async () => {
    await open("/keys");
    await listed(servers.keys.length);
    await choose(...(await names()));
    await tap(button(t("drawer.remove"), bar()));
    await told(t("bulk.done.removed", { count: servers.keys.length }));
    await see(t("keys.emptyTitle"));
    await tap(page.getByRole("tab", { name: new RegExp(`^${t("keys.removed")}`) }));
    await page.getByRole("group", { name: t("plan.title") }).waitFor();
    await page.getByRole("checkbox", { name: t("bulk.choosePage") }).waitFor();
    await tap(button(t("keys.restore"), row(star)));
    await told(t("keys.restored", { name: star }));
    await tap(page.getByRole("checkbox", { name: t("bulk.choosePage") }));
    await sound("many removed keys");
    await tap(button(t("keys.restore"), bar()));
    await told(t("bulk.done.restored", { count: servers.keys.length - 1 }));
    await see(t("keys.removedEmptyTitle"));
    await open("/keys");
    await listed(servers.keys.length);
  });

  test("all keys are checked, and the list goes into a file with its keys masked", async () => {
    const checkAll = () => (phone ? pick(t("keys.more"), t("keys.checkAll")) : tap(button(t("keys.checkAll"))));
    await checkAll();
    await takeUp(t("keys.checkedSome", { total: servers.keys.length, bad: 1 }), t("action.look"));
    await listed(1);
    await open("/keys");
    await listed(servers.keys.length);
    await tap(button(t("keys.more")));
    await sound("what is done with a list of keys");
    const { path } = await download(() => tap(menuItem(t("keys.export"))));
    await told(t("keys.exported"));
    const text = await readFile(path, "utf8");
    // What Gemini said last may have lines of its own.
    expect(
      text
        .replace(/"[^"]*"/g, "")
        .trimEnd()
        .split("\n"),
    ).toHaveLength(servers.keys.length + 1);
    for (const key of servers.keys) expect(text).not.toContain(key);
    // A check that takes its time is stopped.
    await servers.simulate("POST", "scripts", { target: { method: "*" }, steps: [{ do: "answer", delay: "5s", times: -1 }] });
    await checkAll();
    const progress = page.getByRole("region", { name: t("keys.checkAll") });
    await progress.waitFor();
    await sound("a check of all keys");
    await tap(button(t("action.stop"), progress));
    await told(like("keys.checkStopped"));
    await servers.simulate("DELETE", "scripts");
  });

  test("the keys that share a project are found", async () => {
    await pick(t("keys.more"), t("keys.findProjects"));
    await told(like("keys.projectsFound"));
    await servers.simulate("POST", "scripts", { target: { method: "*" }, steps: [{ do: "answer", delay: "5s", times: -1 }] });
    await pick(t("keys.more"), t("keys.findProjects"));
    const progress = page.getByRole("region", { name: t("keys.findProjects") });
    await progress.waitFor();
    await sound("a search for projects");
    await tap(button(t("action.stop"), progress));
    await told(t("keys.searchStopped"));
    await servers.simulate("DELETE", "scripts");
  });

  test("an import says what will become of each line", async () => {
    await tap(button(t("keys.import")));
    await page.locator("textarea").first().fill("there is nothing like a key in here");
    await page.keyboard.press("Enter");
    await see(t("import.notFound"));
    await tap(button(t("action.clear"), dialog()));
    const made = `AIzaSy-FAKE-more-${"0".repeat(22)}`;
    await paste(`${servers.keys[0]} ${made} ${made} AIzaSyTooShort`);
    await button(t("import.submit", { count: 1 })).waitFor();
    await see(t("import.same", { name: star }), dialog());
    await field(t("import.weight"), dialog()).fill("0");
    await see(t("drawer.needWeight"), dialog());
    await sound("an import with lines of every kind");
    await field(t("import.weight"), dialog()).fill("2");
    await field(t("import.project"), dialog()).fill("远山");
    await tap(dialog().getByRole("switch", { name: like("import.check") }));
    await tap(button(t("import.submit", { count: 1 })));
    await told(t("import.done", { count: 1 }));
    await listed(servers.keys.length + 1);
    await tap(row("远山").locator(".row-button"));
    await see(t("drawer.unknownTitle"), keyPanel());
    await tap(button(t("drawer.remove"), keyPanel()));
    await told(like("keys.removedToast"));
    await listed(servers.keys.length);
    await tap(button(t("keys.import")));
    await tap(button(t("action.cancel"), dialog()));
    await dialog().waitFor({ state: "detached" });
  });
}
