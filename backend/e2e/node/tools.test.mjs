import assert from "node:assert/strict";
import { test } from "node:test";

import { zodFunction } from "openai/helpers/zod";
import { z } from "zod";

import { ask, newClient } from "./client.mjs";

const client = newClient();

// Two calls at once, of which Gemini signs only the first. The answer to their results is refused where the signature is lost.
const twoCalls = `[[sim ${JSON.stringify({
  do: "calls",
  calls: [
    { name: "get_weather", args: { city: "Oslo" } },
    { name: "get_time", args: { city: "Lima" } },
  ],
})}]]`;

/** Two functions that note their calls. */
function weatherTools(called) {
  const note = (name, result) => (args) => {
    called.push({ name, args });
    return result;
  };
  return [
    zodFunction({
      name: "get_weather",
      description: "The weather",
      parameters: z.object({ city: z.string() }),
      function: note("get_weather", "a mild drizzle"),
    }),
    {
      type: "function",
      function: {
        name: "get_time",
        parse: JSON.parse,
        parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false },
        function: note("get_time", { hour: "seventeen" }),
      },
    },
  ];
}

for (const stream of [false, true]) {
  test(`runTools calls both functions and brings their results back, ${stream ? "streamed" : "whole"}`, async () => {
    const called = [];
    const runner = client.chat.completions.runTools(ask(twoCalls, { stream, tools: weatherTools(called) }));
    const content = await runner.finalContent();
    assert.deepEqual(called, [
      { name: "get_weather", args: { city: "Oslo" } },
      { name: "get_time", args: { city: "Lima" } },
    ]);
    assert.match(content, /a mild drizzle/);
    assert.match(content, /seventeen/);

    assert.deepEqual(
      runner.messages.map((message) => message.role),
      ["user", "assistant", "tool", "tool", "assistant"],
    );
    const calls = runner.messages[1].tool_calls;
    assert.deepEqual(
      calls.map((call) => call.function.name),
      ["get_weather", "get_time"],
    );
    assert.notEqual(calls[0].id, calls[1].id);
    assert.deepEqual(
      runner.messages.slice(2, 4).map((message) => message.tool_call_id),
      calls.map((call) => call.id),
    );
    const reasons = runner.allChatCompletions().map((completion) => completion.choices[0].finish_reason);
    assert.deepEqual(reasons, ["tool_calls", "stop"]);
  });
}

test("a chosen function is called", async () => {
  const { choices } = await client.chat.completions.create(
    ask("Hello.", {
      tools: [zodFunction({ name: "get_weather", parameters: z.object({ city: z.string() }) })],
      tool_choice: { type: "function", function: { name: "get_weather" } },
    }),
  );
  assert.equal(choices[0].finish_reason, "tool_calls");
  assert.deepEqual(
    choices[0].message.tool_calls.map((call) => call.function.name),
    ["get_weather"],
  );
});
