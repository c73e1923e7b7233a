import assert from "node:assert/strict";
import { test } from "node:test";

import { APIError } from "openai";

import { ask, model, newClient } from "./client.mjs";

const client = newClient();
const words = Array.from({ length: 20 }, (_, i) => `word${i + 1}`).join(" ");

test("a stream is iterated, and ends with the usage that was asked for", async () => {
  const chunks = [];
  const stream = await client.chat.completions.create(ask("[[sim words 20]]", { stream: true, stream_options: { include_usage: true } }));
  for await (const chunk of stream) chunks.push(chunk);

  const deltas = chunks.flatMap((chunk) => chunk.choices);
  assert.equal(deltas[0].delta.role, "assistant");
  assert.equal(
    deltas
      .map((choice) => choice.delta.content ?? "")
      .join("")
      .trim(),
    words,
  );
  assert.deepEqual(deltas.map((choice) => choice.finish_reason).filter(Boolean), ["stop"]);
  assert.ok(deltas.length > 2, "the stream came in one piece");
  for (const chunk of chunks) {
    assert.equal(chunk.object, "chat.completion.chunk");
    assert.equal(chunk.id, chunks[0].id);
    assert.equal(chunk.model, model);
  }
  const last = chunks.at(-1);
  assert.deepEqual(last.choices, []);
  assert.ok(last.usage.prompt_tokens > 0 && last.usage.completion_tokens > 0);
  assert.equal(last.usage.total_tokens, last.usage.prompt_tokens + last.usage.completion_tokens);
  assert.ok(
    chunks.slice(0, -1).every((chunk) => !chunk.usage),
    "a chunk before the last tells the usage",
  );
});

test("the stream helper puts the answer together", async () => {
  let heard = "";
  const stream = client.chat.completions.stream(ask("[[sim words 20]]", { stream_options: { include_usage: true } }));
  stream.on("content", (delta) => {
    heard += delta;
  });
  const completion = await stream.finalChatCompletion();
  assert.equal(completion.choices[0].message.content.trim(), words);
  assert.equal(heard, completion.choices[0].message.content);
  assert.equal(completion.choices[0].finish_reason, "stop");
  assert.ok(completion.usage.total_tokens > 0);
});

test("a stream that breaks off is an error, not an end", async () => {
  const stream = await client.chat.completions.create(ask('[[sim {"do":"words","n":9,"reset_after":3}]]', { stream: true }));
  const chunks = [];
  await assert.rejects(
    async () => {
      for await (const chunk of stream) chunks.push(chunk);
    },
    (error) => error instanceof APIError && error.type === "server_error",
  );
  assert.ok(chunks.length > 0, "the stream broke before it began");
});
