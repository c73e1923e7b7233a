// LangChain's package for OpenAI, which many build their agents on. It drops what it does not know of a message, thought signatures among it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { HumanMessage, SystemMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import { z } from "zod";

import { apiKey, baseURL, embeddingModel, loopSteps, model, script, unknownModel } from "./client.mjs";

const configuration = { baseURL: `${baseURL}/v1` };

function chat(more) {
  return new ChatOpenAI({ model, apiKey, configuration, maxRetries: 0, ...more });
}

/** Tools that note what they are asked, by name. */
function loopTools(called) {
  const station = (name) =>
    tool(
      ({ step }) => {
        called.push(`${name} ${step}`);
        return `${name} says ${step}`;
      },
      { name, description: `Asks ${name}`, schema: z.object({ step: z.number() }) },
    );
  return ["first", "second", "third"].map(station);
}

/** Asks, calls what the model wants called, and asks again, until it wants nothing more. */
async function converse(llm, tools, ask) {
  const messages = [new HumanMessage("Go.")];
  for (let steps = 0; steps < 6; steps++) {
    const answer = await ask(llm.bindTools(tools), messages);
    messages.push(answer);
    if (!answer.tool_calls?.length) return answer;
    for (const call of answer.tool_calls) {
      const result = await tools.find(({ name }) => name === call.name).invoke(call);
      messages.push(result instanceof ToolMessage ? result : new ToolMessage({ content: result, tool_call_id: call.id }));
    }
  }
  return assert.fail("the model never comes to an end");
}

test("a chat is answered, with its tokens", async () => {
  const answer = await chat().invoke([new SystemMessage("Be brief."), new HumanMessage("[[sim text Good morning.]]")]);
  assert.equal(answer.content, "Good morning.");
  assert.equal(answer.response_metadata.finish_reason, "stop");
  const { input_tokens, output_tokens, total_tokens } = answer.usage_metadata;
  assert.ok(input_tokens > 0 && output_tokens > 0);
  assert.equal(total_tokens, input_tokens + output_tokens);
});

test("a chat is streamed, with its tokens at the end", async () => {
  let whole;
  let chunks = 0;
  for await (const chunk of await chat().stream(`[[sim ${JSON.stringify({ do: "chunks", chunks: ["one ", "two ", "three"] })}]]`)) {
    whole = whole === undefined ? chunk : whole.concat(chunk);
    chunks++;
  }
  assert.equal(whole.content, "one two three");
  assert.ok(chunks >= 3);
  assert.ok(whole.usage_metadata.total_tokens > 0);
});

test("three steps of tools, signatures and all", async () => {
  await script("gemini-4-carbon", loopSteps);
  const called = [];
  const answer = await converse(chat({ model: "gemini-4-carbon" }), loopTools(called), (llm, messages) => llm.invoke(messages));
  assert.equal(answer.content, "All three are asked.");
  assert.deepEqual(called, ["first 1", "second 2", "third 2", "third 3"]);
});

test("three steps of tools, streamed", async () => {
  await script("gemini-3.7-flash", loopSteps);
  const called = [];
  const answer = await converse(chat({ model: "gemini-3.7-flash" }), loopTools(called), async (llm, messages) => {
    let whole;
    for await (const chunk of await llm.stream(messages)) whole = whole === undefined ? chunk : whole.concat(chunk);
    return whole;
  });
  assert.equal(answer.content, "All three are asked.");
  assert.deepEqual(called, ["first 1", "second 2", "third 2", "third 3"]);
});

test("an answer has the form of a schema, by every method", async () => {
  const schema = z.object({ city: z.string(), days: z.array(z.object({ high: z.number() })) });
  for (const method of ["jsonSchema", "functionCalling", "jsonMode"]) {
    const structured = chat().withStructuredOutput(schema, { method, name: "forecast" });
    const prompt = method === "jsonMode" ? '[[sim text {"city":"Oslo","days":[]}]]' : "The forecast.";
    const answer = await structured.invoke(prompt);
    assert.equal(typeof answer.city, "string", method);
    assert.ok(Array.isArray(answer.days), method);
  }
});

test("texts become vectors", async () => {
  const embeddings = new OpenAIEmbeddings({ model: embeddingModel, apiKey, configuration, dimensions: 256, maxRetries: 0 });
  const vectors = await embeddings.embedDocuments(["a heron", "an otter"]);
  assert.equal(vectors.length, 2);
  assert.ok(vectors.every((vector) => vector.length === 256));
  assert.deepEqual(await embeddings.embedQuery("a heron"), vectors[0]);
});

test("errors are the API's", async () => {
  await assert.rejects(chat({ model: unknownModel }).invoke("Hello."), { status: 404, code: "model_not_found" });
  await assert.rejects(chat({ apiKey: "sk-FAKE-unknown" }).invoke("Hello."), { status: 401, code: "invalid_api_key" });
  await assert.rejects(chat({ temperature: 9 }).invoke("Hello."), { status: 400, param: "temperature" });
});
