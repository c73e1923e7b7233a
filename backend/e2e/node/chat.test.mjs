import assert from "node:assert/strict";
import { test } from "node:test";

import { ask, model, newClient } from "./client.mjs";

const client = newClient();

test("a chat is answered", async () => {
  const { data, response } = await client.chat.completions.create(ask("[[sim text Good morning.]]")).withResponse();
  assert.equal(data.object, "chat.completion");
  assert.equal(data.model, model);
  assert.equal(data.choices.length, 1);
  assert.equal(data.choices[0].message.role, "assistant");
  assert.equal(data.choices[0].message.content, "Good morning.");
  assert.equal(data.choices[0].finish_reason, "stop");
  assert.ok(data.usage.prompt_tokens > 0 && data.usage.completion_tokens > 0);
  assert.equal(data.usage.total_tokens, data.usage.prompt_tokens + data.usage.completion_tokens);
  assert.ok(data._request_id, "the client reads no request id");
  assert.equal(response.headers.get("x-request-id"), data._request_id);
  assert.equal(response.headers.get("x-attempts"), "1");
});

test("a conversation with a picture arrives whole", async () => {
  const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  const completion = await client.chat.completions.create({
    model,
    messages: [
      { role: "developer", content: "Be brief." },
      { role: "user", content: "Remember the heron." },
      { role: "assistant", content: "I do." },
      {
        role: "user",
        content: [
          { type: "text", text: "What does the otter show?" },
          { type: "image_url", image_url: { url: `data:image/png;base64,${pixel}` } },
        ],
      },
    ],
  });
  const { content } = completion.choices[0].message;
  assert.match(content, /otter/);
  assert.match(content, /image\/png/);
});
