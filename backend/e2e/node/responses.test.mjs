// The Responses API, by OpenAI's own client and by LangChain, which keeps to it for a conversation of its own.
import assert from "node:assert/strict";
import { test } from "node:test";

import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { BadRequestError, NotFoundError } from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";

import { apiKey, baseURL, loopSteps, model, newClient, pixel, script, unknownModel } from "./client.mjs";

const client = newClient();

test("a response is made, of a text and of items with a picture", async () => {
  const plain = await client.responses.create({ model, input: "[[sim text Good morning.]]", instructions: "Be brief." });
  assert.equal(plain.output_text, "Good morning.");
  assert.equal(plain.status, "completed");
  assert.equal(plain.usage.total_tokens, plain.usage.input_tokens + plain.usage.output_tokens);
  const content = [
    { type: "input_text", text: "What does the otter show?" },
    { type: "input_image", image_url: `data:image/png;base64,${pixel}`, detail: "auto" },
  ];
  const seen = await client.responses.create({ model, input: [{ role: "user", content }] });
  assert.match(seen.output_text, /otter/);
  assert.match(seen.output_text, /image\/png/);
});

test("the stream helper puts a response together", async () => {
  const prompt = `[[sim ${JSON.stringify({ do: "join", steps: [{ do: "thought", text: "Hm." }, { do: "chunks", chunks: ["one ", "two ", "three"] }] })}]]`;
  const stream = client.responses.stream({ model, input: prompt, reasoning: { summary: "auto" } });
  const deltas = [];
  stream.on("response.output_text.delta", ({ delta }) => deltas.push(delta));
  const whole = await stream.finalResponse();
  assert.equal(deltas.join(""), "one two three");
  assert.equal(whole.output_text, "one two three");
  assert.equal(whole.output[0].summary[0].text, "Hm.");
});

test("a response is parsed by a schema", async () => {
  const Forecast = z.object({ city: z.string(), days: z.array(z.object({ high: z.number() })) });
  const { output_parsed } = await client.responses.parse({ model, input: "The forecast.", text: { format: zodTextFormat(Forecast, "forecast") } });
  assert.equal(typeof output_parsed.city, "string");
});

test("errors are of the client's classes", async () => {
  await assert.rejects(client.responses.create({ model: unknownModel, input: "Hello." }), NotFoundError);
  await assert.rejects(client.responses.create({ model, input: "Hello.", previous_response_id: "resp_1" }), BadRequestError);
  const cut = client.responses.stream({ model, input: '[[sim {"do":"words","n":9,"cut_after":2}]]' });
  await assert.rejects(cut.finalResponse());
});

test("LangChain goes three steps of tools", async () => {
  const loop = "gemini-3.1-pro-preview-customtools";
  await script(loop, loopSteps);
  const called = [];
  const tools = ["first", "second", "third"].map((name) =>
    tool(
      ({ step }) => {
        called.push(`${name} ${step}`);
        return `${name} says ${step}`;
      },
      { name, description: `Asks ${name}`, schema: z.object({ step: z.number() }) },
    ),
  );
  const llm = new ChatOpenAI({ model: loop, apiKey, configuration: { baseURL: `${baseURL}/v1` }, maxRetries: 0, useResponsesApi: true, zdrEnabled: true }).bindTools(tools);
  const messages = [new HumanMessage("Go.")];
  let answer = await llm.invoke(messages);
  for (let steps = 0; answer.tool_calls.length > 0 && steps < 6; steps++) {
    messages.push(answer);
    for (const call of answer.tool_calls) {
      const result = await tools.find(({ name }) => name === call.name).invoke(call);
      messages.push(result instanceof ToolMessage ? result : new ToolMessage({ content: result, tool_call_id: call.id }));
    }
    answer = await llm.invoke(messages);
  }
  assert.equal(answer.text, "All three are asked.");
  assert.deepEqual(called, ["first 1", "second 2", "third 2", "third 3"]);
});
