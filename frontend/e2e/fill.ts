import { expect, test } from "vitest";
import { admin, chat, first, servers } from "./walk.ts";

/** Gives a gateway what its pages need to have something to show: keys, a user key, requests good and bad, a file. */
export function fillGateway(): void {
  test("the gateway is filled", async () => {
    const keys = servers.keys.join("\n");
    const { added } = (await admin("POST", "/gemini-keys/import", { text: keys })) as { added: { id: number }[] };
    for (const { id } of added) await admin("POST", `/gemini-keys/${id}/check`);
    await admin("PATCH", `/gemini-keys/${added[0]?.id}`, { name: "北极星-01", project: "北极星" });
    first.userKey = ((await admin("POST", "/user-keys", { name: "数据平台", rpm: 60 })) as { key: string }).key;
    await admin("POST", "/models/sync");
    for (const model of ["gemini-flash-latest", "gemini-3.8-flash", "gemini-3.8-flash"]) expect(await chat(model)).toBe(200);
    expect(await chat("no-such-model")).toBe(404);
    const body = new FormData();
    body.append("purpose", "user_data");
    body.append("file", new Blob(["# 要点"]), "要点.md");
    const headers = { Authorization: `Bearer ${first.userKey}` };
    expect((await fetch(`${servers.api}/v1/files`, { method: "POST", headers, body })).status).toBe(200);
  });
}
