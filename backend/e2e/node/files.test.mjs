import assert from "node:assert/strict";
import { test } from "node:test";

import { toFile } from "openai";

import { model, newClient } from "./client.mjs";

const client = newClient();

test("a file is uploaded once, named in chats, read back and deleted", async () => {
  const text = "A report of 2026.\n".repeat(200);
  const file = await client.files.create({
    file: await toFile(Buffer.from(text), "../报告.txt", { type: "image/png" }), // neither name nor type is believed
    purpose: "user_data",
    expires_after: { anchor: "created_at", seconds: 3600 },
  });
  assert.equal(file.filename, "报告.txt");
  assert.equal(file.bytes, text.length);
  assert.equal(file.expires_at - file.created_at, 3600);
  assert.equal((await client.files.waitForProcessing(file.id)).status, "processed");
  assert.equal(await (await client.files.content(file.id)).text(), text);

  for (const part of [
    { type: "file", file: { file_id: file.id } },
    { type: "document", file_data: { file_id: file.id, mime_type: "text/plain" } },
  ]) {
    const { choices } = await client.chat.completions.create({ model, messages: [{ role: "user", content: [{ type: "text", text: "What is it?" }, part] }] });
    assert.match(choices[0].message.content, /What is it/);
  }

  const listed = [];
  for await (const one of client.files.list({ limit: 1 })) listed.push(one.id);
  assert.ok(listed.includes(file.id));

  assert.deepEqual(await client.files.delete(file.id), { id: file.id, object: "file", deleted: true });
  await assert.rejects(client.files.retrieve(file.id), { status: 404, code: "file_not_found" });
  await assert.rejects(client.files.create({ file: await toFile(Buffer.alloc(0), "a.txt"), purpose: "user_data" }), { status: 400, code: "empty_file" });
});
