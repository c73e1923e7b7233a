import { expect, test } from "vitest";
import { keeping } from "../browser.ts";
import { adminToken, chat, servers } from "../walk.ts";

/** Fills the gateway with what the documentation's pictures show. */
export function picturesWalk(): void {
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
}
