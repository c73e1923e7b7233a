import { expect, test } from "vitest";
import { sound } from "../eyes.ts";
import { button, dialog, open, openers, pick, see, tap, told } from "../hands.ts";
import { admin, first, like, page, phone, servers, t } from "../walk.ts";

const many = 60;
const perPage = 50;
const key = (name: string) => `AIzaSy-FAKE-${name}-`.padEnd(39, "0");
const three = (index: number) => String(index).padStart(3, "0");
const pager = (name: string) => page.getByRole("navigation", { name });
const project = "长队";

/** Lists longer than a page. */
export function longListsWalk(): void {
  test("many keys are paged, and all that a filter chooses is changed at once", async () => {
    const text = Array.from({ length: many }, (_, index) => key(`list-${three(index)}`)).join("\n");
    await admin("POST", "/gemini-keys/import", { text, project });
    await open(`/keys?project=${project}`);
    const bar = page.getByRole("region", { name: t("bulk.label") });
    const next = () => tap(button(t("keys.next"), pager(t("keys.pages"))));
    await see(t("keys.page", { from: 1, to: perPage, total: many }));
    await next();
    await see(t("keys.page", { from: perPage + 1, to: many, total: many }));
    await expect.poll(() => openers().count()).toBe(many - perPage);
    await sound("the last page of many keys");
    const chooseAll = async () => {
      if (phone) await pick(t("keys.more"), t("keys.choose"));
      const boxes = phone
        ? await page.locator("main").getByRole("checkbox").all()
        : [page.getByRole("checkbox", { name: t("bulk.choosePage") })];
      for (const box of boxes) await tap(box);
      await tap(button(t("bulk.chooseWhole", { total: many }), bar));
      await see(t("bulk.chosen", { count: many }), bar);
    };
    await chooseAll();
    await sound("all keys of a filter");
    await tap(button(t("drawer.disable"), bar));
    await told(t("bulk.done.disabled", { count: many }));
    await chooseAll();
    await tap(button(t("drawer.remove"), bar));
    await see(t("bulk.removeTitle", { count: many }), dialog());
    await sound("the question before many keys are removed");
    await tap(button(t("drawer.remove"), dialog()));
    await told(t("bulk.done.removed", { count: many }));
    await open("/keys?tab=removed");
    await next();
    await see(like("keys.page", { from: perPage + 1 }));
    await tap(button(t("keys.previous"), pager(t("keys.pages"))));
    await see(like("keys.page", { from: 1, to: perPage }));
    await sound("many removed keys");
  });

  test("many user keys and files are paged", async () => {
    await Promise.all(Array.from({ length: perPage }, (_, index) => admin("POST", "/user-keys", { name: `list ${three(index)}` })));
    await open("/keys?tab=user");
    await tap(button(t("keys.next"), pager(t("keys.pages"))));
    await see(t("keys.page", { from: perPage + 1, to: perPage + 1, total: perPage + 1 }));
    await sound("the last page of many user keys");
    await Promise.all(
      Array.from({ length: perPage + 1 }, async (_, index) => {
        const body = new FormData();
        body.append("purpose", "user_data");
        body.append("file", new Blob(["a line"]), `list-${three(index)}.txt`);
        const headers = { Authorization: `Bearer ${first.userKey}` };
        expect((await fetch(`${servers.api}/v1/files`, { method: "POST", headers, body })).status).toBe(200);
      }),
    );
    await open("/files");
    await tap(button(t("filesPage.next"), pager(t("filesPage.pages"))));
    await see(t("filesPage.page", { page: 2, last: 2, total: perPage + 1 }));
    await sound("the last page of many files");
    await tap(button(t("filesPage.previous"), pager(t("filesPage.pages"))));
    await see(t("filesPage.page", { page: 1, last: 2, total: perPage + 1 }));
  });
}
