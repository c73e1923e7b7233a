// Google's own client, which speaks to /v1beta as it would to Google.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ApiError, FunctionCallingConfigMode, GoogleGenAI } from "@google/genai";

import { apiKey, baseURL, embeddingModel, imageModel, loopSteps, model, pixel, script, speechModel, unknownModel } from "./client.mjs";

function newClient(key) {
  return new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: baseURL } });
}

const client = newClient(apiKey);

const parametersJsonSchema = { type: "object", properties: { step: { type: "number" } }, required: ["step"] };
const functionDeclarations = ["first", "second", "third"].map((name) => ({ name, parametersJsonSchema }));

test("a chat is answered, a picture in it", async () => {
  const answer = await client.models.generateContent({
    model,
    contents: [{ text: "What does the otter show?" }, { inlineData: { mimeType: "image/png", data: pixel } }],
    config: { systemInstruction: "Be brief." },
  });
  assert.match(answer.text, /otter/);
  assert.match(answer.text, /image\/png/);
  assert.ok(answer.usageMetadata.totalTokenCount > 0);
  assert.equal(answer.candidates[0].finishReason, "STOP");
});

test("a chat is streamed", async () => {
  const contents = `[[sim ${JSON.stringify({ do: "chunks", chunks: ["one ", "two ", "three"] })}]]`;
  const deltas = [];
  for await (const chunk of await client.models.generateContentStream({ model, contents })) deltas.push(chunk.text ?? "");
  assert.equal(deltas.join(""), "one two three");
  assert.ok(deltas.length >= 3);
});

for (const streamed of [false, true]) {
  const loop = streamed ? "gemini-3.1-pro-preview" : "gemini-4-neon";
  test(`three steps of tools in a chat of the client's, ${streamed ? "streamed" : "whole"}`, async () => {
    await script(loop, loopSteps);
    const chat = client.chats.create({ model: loop, config: { tools: [{ functionDeclarations }] } });
    const say = async (message) => {
      if (!streamed) {
        const answer = await chat.sendMessage({ message });
        return { calls: answer.functionCalls ?? [], text: answer.text };
      }
      const calls = [];
      let text = "";
      for await (const chunk of await chat.sendMessageStream({ message })) {
        calls.push(...(chunk.functionCalls ?? []));
        text += chunk.text ?? "";
      }
      return { calls, text };
    };
    const called = [];
    let answer = await say("Go.");
    while (answer.calls.length > 0) {
      called.push(...answer.calls.map(({ name, args }) => `${name} ${args.step}`));
      answer = await say(answer.calls.map(({ id, name, args }) => ({ functionResponse: { id, name, response: { output: args.step } } })));
    }
    assert.equal(answer.text, "All three are asked.");
    assert.deepEqual(called, ["first 1", "second 2", "third 2", "third 3"]);
  });
}

test("a chosen function is called", async () => {
  const answer = await client.models.generateContent({
    model,
    contents: "Hello.",
    config: {
      tools: [{ functionDeclarations }],
      toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY, allowedFunctionNames: ["second"] } },
    },
  });
  assert.deepEqual(
    answer.functionCalls.map(({ name }) => name),
    ["second"],
  );
});

test("an answer has the form of a schema", async () => {
  const responseJsonSchema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
  const answer = await client.models.generateContent({
    model,
    contents: "A city.",
    config: { responseMimeType: "application/json", responseJsonSchema },
  });
  assert.equal(typeof JSON.parse(answer.text).city, "string");
});

test("tokens are counted, texts become vectors", async () => {
  const { totalTokens } = await client.models.countTokens({ model, contents: "four words are here" });
  assert.ok(totalTokens > 0);
  const { embeddings } = await client.models.embedContent({ model: embeddingModel, contents: ["a heron", "an otter"], config: { outputDimensionality: 256 } });
  assert.ok(embeddings.length >= 1);
  assert.ok(embeddings.every(({ values }) => values.length === 256));
});

test("a picture is drawn, a text is spoken", async () => {
  const drawn = await client.models.generateContent({ model: imageModel, contents: "A lighthouse", config: { responseModalities: ["IMAGE"] } });
  assert.ok(drawn.candidates[0].content.parts.some(({ inlineData }) => inlineData?.mimeType === "image/png"));
  const spoken = await client.models.generateContent({
    model: speechModel,
    contents: "Good evening.",
    config: { responseModalities: ["AUDIO"], speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: "Kore" } } } },
  });
  assert.match(spoken.candidates[0].content.parts[0].inlineData.mimeType, /^audio\//);
});

test("the models are listed", async () => {
  const names = [];
  for await (const { name } of await client.models.list()) names.push(name);
  assert.ok(names.includes(`models/${model}`), names.join(" "));
});

test("errors are the API's", async () => {
  const refused = async (promise, status) => {
    const error = await promise.then(
      () => assert.fail("what should be refused was answered"),
      (reason) => reason,
    );
    assert.ok(error instanceof ApiError, `the error is ${error}`);
    assert.equal(error.status, status);
    assert.ok(!error.message.includes(apiKey), "the error shows the key");
  };
  await refused(client.models.generateContent({ model: unknownModel, contents: "Hello." }), 404);
  await refused(client.models.generateContent({ model, contents: '[[sim {"do":"status","code":400,"text":"Bad."}]]' }), 400);
  await refused(newClient("sk-FAKE-unknown").models.generateContent({ model, contents: "Hello." }), 401);
});
