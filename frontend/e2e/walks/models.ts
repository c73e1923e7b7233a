import { expect, test } from "vitest";
import { sound } from "../eyes.ts";
import { button, close, dialog, field, open, row, see, takeUp, tap, told } from "../hands.ts";
import { admin, chat, expectComplaints, like, page, refusal, t } from "../walk.ts";

const flash = "gemini-3.8-flash";
const edit = (name: string) => tap(button(t("models.edit", { name })));
const save = () => tap(button(t("action.save"), dialog()));

/** What can be done to a model. */
export function modelsWalk(): void {
  test("a model is limited, renamed for clients, switched off and put back", async () => {
    await open("/models");
    await tap(button(t("models.sync")));
    await told(like("models.synced"));
    await edit(flash);
    await see(like("models.servingNow"), dialog());
    await field("RPM", dialog()).fill("ten");
    await field(t("models.thinkingBudget"), dialog()).fill("40000");
    await save();
    await see(t("models.needNumber"), dialog());
    await see(t("models.needBudget"), dialog());
    await sound("a model with wrong fields");
    await field("RPM", dialog()).fill("10");
    await field(t("models.thinkingBudget"), dialog()).fill("-1");
    await tap(button(t("models.thoughts.true"), dialog()));
    await field(t("models.alias"), dialog()).fill("gpt-walk");
    // Somebody else was quicker: the page says so, and what was typed stays.
    await admin("PUT", `/models/${flash}`, { rpm: 9, tpm: null, rpd: null, enabled: true });
    await save();
    await see(t("models.conflict"), dialog());
    expect(await field("RPM", dialog()).inputValue()).toBe("10");
    expectComplaints(refusal(412));
    await sound("a model that was changed elsewhere");
    await save();
    await told(t("models.saved", { name: flash }));
    await row("gpt-walk").waitFor();
    expect(await chat("gpt-walk")).toBe(200);
    await tap(page.getByRole("switch", { name: t("models.enable", { name: flash }), exact: true }));
    await told(t("models.turnedOff", { name: flash }));
    expect(await chat(flash)).toBe(404);
    await sound("a model that is off");
    await edit(flash);
    await tap(button(t("models.reset"), dialog()));
    await takeUp(t("models.wasReset", { name: flash }), t("action.undo"));
    await expect.poll(() => chat("gpt-walk")).toBe(404); // its switch was off when it was put back to its default
    await edit(flash);
    await expect.poll(() => field(t("models.alias"), dialog()).inputValue()).toBe("gpt-walk");
    await tap(button(t("models.reset"), dialog()));
    await dialog().waitFor({ state: "detached" });
    expect(await chat(flash)).toBe(200);
  });

  test("a model is added by its name, and no two have one alias", async () => {
    await tap(button(t("models.add")));
    await save();
    await see(t("models.needName"), dialog());
    await sound("a model without a name");
    await field(t("models.name"), dialog()).fill("models/gemini-walked");
    await field(t("models.alias"), dialog()).fill(flash);
    await save();
    await dialog().getByRole("alert").first().waitFor();
    expectComplaints(refusal(400), refusal(409), refusal(422));
    await sound("a model that the gateway refused");
    await field(t("models.alias"), dialog()).fill("");
    await tap(dialog().getByRole("switch", { name: like("models.enabled") }));
    await save();
    await told(t("models.saved", { name: "gemini-walked" }));
    await field(t("models.searchLabel")).fill("no model is called so");
    await see(t("models.noMatchTitle"));
    await sound("no model matches");
    await field(t("models.searchLabel")).fill("walked");
    await row("gemini-walked").waitFor();
    await edit("gemini-walked");
    await tap(button(t("models.reset"), dialog()));
    await told(t("models.wasReset", { name: "gemini-walked" }));
    await open("/models");
    await edit(flash);
    await sound("a model");
    await close();
  });
}
