import { expect, test } from "vitest";
import { picture } from "../browser.ts";
import { sound } from "../eyes.ts";
import { button, close, dialog, field, goTo, menuItem, row, see, takeUp, tap, told } from "../hands.ts";
import { expectComplaints, first, like, page, phone, refusal, t } from "../walk.ts";

const log = () => page.getByRole("log");
const message = () => field(t("playground.message"));
const model = (name: string) => `${t("playground.model")}: ${name}`;

async function say(words: string): Promise<void> {
  await message().fill(words);
  await tap(button(t("playground.send")));
}

async function clear(): Promise<void> {
  await tap(button(t("playground.clear")));
  await told(t("playground.cleared"));
}

/** Does something in the options, which a phone has in a dialog. */
async function withOptions(act: () => Promise<void>): Promise<void> {
  if (phone) await tap(button(t("playground.options")));
  await act();
  if (phone && (await dialog().isVisible())) await close();
}

/** Lets go of the key, and with it of all that is on the page. */
async function letGo(how: string): Promise<void> {
  if (phone) await tap(button(t("playground.options")));
  await tap(button(how));
  await button(t("playground.make")).waitFor();
}

/** Trying the gateway out on the page, and the files that come of it. */
export function playgroundWalk(): void {
  test("the playground asks with a key of its own, with thoughts and a system prompt", async () => {
    await goTo("playground");
    await sound("the playground without a key");
    await tap(button(t("playground.make")));
    await withOptions(async () => {
      await field(t("playground.system")).fill("说短一点");
      await tap(button(t("playground.efforts.low")));
      await sound("the options of the playground");
    });
    await message().fill("**天**为什么是蓝的？\n\n- 一\n- 二");
    // Where there is no keyboard but on the screen, Enter is for another line.
    if (phone) await tap(button(t("playground.send")));
    else await page.keyboard.press("Enter");
    await log()
      .getByText(like("playground.attempts", { count: 1 }))
      .getByText(like("playground.tokens"))
      .waitFor();
    // The simulator says what it heard, and the page reads it as Markdown.
    await log().locator(".prose strong", { hasText: "天" }).waitFor();
    expect(await log().locator(".prose li").allTextContents()).toEqual(["一", "二"]);
    await picture(page, "playground");
    await sound("an answer");
    await withOptions(() => tap(button(t("playground.code"))));
    if (phone) await tap(button(t("playground.options")));
    if (phone) await tap(button(t("playground.code"), dialog()));
    const code = dialog(t("playground.codeTitle"));
    await code.getByText("extra_body", { exact: false }).waitFor();
    expect(await code.textContent()).not.toMatch(/sk-\w/);
    await tap(button(t("action.copyCode"), code).first());
    await sound("the code of a conversation");
    await close();
    await tap(button(t("playground.again")));
    await log()
      .getByText(like("playground.attempts", { count: 1 }))
      .waitFor();
    expect(await log().locator(".glass").count()).toBe(1); // in the place of the first answer
    await tap(button(t("action.copy"), log()).last());
    await see(t("action.copied"), log());
    await tap(button(t("playground.edit"), log()));
    await see(t("playground.editing"));
    await sound("a message to be changed");
    await say("天为什么是蓝的？");
    await log().getByText(like("playground.tokens")).waitFor();
    expect(await log().locator(".glass").count()).toBe(1);
  });

  test("an answer is stopped, one that fails says why, and another model is asked", async () => {
    await say('[[sim {"do":"words","n":200,"chunk_delay":"150ms"}]]');
    await tap(button(t("playground.stop")));
    await see(t("playground.stopped"));
    await tap(button(model("gemini-flash-latest")));
    await sound("the models of the playground");
    await tap(menuItem("gemini-3.8-flash"));
    await say("[[sim status 400]]");
    await log().getByText(like("playground.failed")).waitFor();
    expectComplaints(refusal(400));
    await sound("an answer that failed");
    await tap(page.getByRole("link", { name: t("playground.record") }).last());
    await row("gemini-3.8-flash").waitFor();
    await goTo("playground");
    await see(t("playground.stopped"));
    await tap(button(t("playground.clear")));
    await see(t("playground.emptyTitle"));
    await takeUp(t("playground.cleared"), t("action.undo"));
    await see(t("playground.stopped"));
    await clear();
  });

  test("small files go with a message, large ones are uploaded first, listed, and deleted", async () => {
    const input = page.locator(".composer input[type=file]");
    const large = (name: string) => ({ name, mimeType: "text/plain", buffer: Buffer.alloc(5 * 1024 * 1024, "long text ") });
    const picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
    await input.setInputFiles([
      { name: "要点.md", mimeType: "text/markdown", buffer: Buffer.from("# 要点") },
      { name: "一点.png", mimeType: "image/png", buffer: Buffer.from(picture, "base64") },
      large("长文.txt"),
      large("不要了.txt"),
    ]);
    await expect.poll(() => page.getByText(`5 MiB · ${t("playground.uploaded")}`).count()).toBe(2);
    await sound("files for a message");
    await tap(button(t("playground.dropFile", { name: "不要了.txt" })));
    await say("读一读");
    await log().getByText(like("playground.tokens")).waitFor();
    await log()
      .getByText(/text\/plain/)
      .waitFor();
    await sound("a message with files");

    await goTo("files");
    await see(like("filesPage.used", { used: "5 MiB" }));
    const file = row("长文.txt");
    await file.getByText(t("playground.keyName")).waitFor();
    await tap(file.getByRole("button").first());
    await see(t("filesPage.copies"));
    await sound("a file");
    await tap(button(t("action.copy")));
    await see(t("action.copied"));
    await tap(file.getByRole("button").first());
    await page.locator("main input[type=search]").fill("nothing like it");
    await see(t("filesPage.noMatchTitle"));
    await sound("no file matches");
    await tap(button(t("filesPage.all")));
    if (!phone) {
      for (const column of ["name", "created", "expires", "size"] as const) await tap(button(t(`filesPage.column.${column}`)));
      expect(new URL(page.url()).searchParams.get("sort")).toBe("-size");
    }
    await tap(file.getByRole("button").first());
    await tap(button(t("filesPage.delete")));
    await see(t("filesPage.deleteTitle", { name: "长文.txt" }));
    await sound("the question before a file is deleted");
    await tap(button(t("action.cancel"), dialog()));
    await tap(button(t("filesPage.delete")));
    await tap(button(t("filesPage.delete"), dialog()));
    await told(t("filesPage.deleted", { name: "长文.txt" }));
    await see(t("filesPage.emptyTitle"));
    await sound("no files");
  });

  test("the conversation is still there after a look elsewhere, and its key is deleted by hand", async () => {
    await goTo("playground");
    await log().getByText("读一读", { exact: true }).waitFor();
    await clear();
    await letGo(t("playground.deleteKey"));
    await told(t("playground.keyDeleted"));
    await button(t("playground.make")).waitFor();
  });

  test("a key that is no good says so, and one that is pasted is let go again", async () => {
    await field(t("playground.paste")).fill("sk-of-nobody");
    await tap(button(t("playground.use")));
    await see(like("playground.failed"));
    expectComplaints(refusal(401));
    await sound("a playground with a key that is no good");
    await tap(button(t("action.retry")));
    await see(like("playground.failed"));
    await tap(button(t("playground.forget")).first());
    expectComplaints(refusal(401));
    await field(t("playground.paste")).fill(first.userKey);
    await tap(button(t("playground.use")));
    await say("你好");
    await log().getByText(like("playground.tokens")).waitFor();
    await letGo(t("playground.forget"));
    await button(t("playground.make")).waitFor();
  });
}
