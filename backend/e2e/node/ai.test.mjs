// Vercel's ai with two of its providers: the one for any server that speaks as OpenAI does, and Google's own, which speaks to /v1beta.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, embedMany, generateImage, generateSpeech, generateText, Output, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

import { apiKey, baseURL, embeddingModel, imageModel, loopSteps, model, pixel, script, speechModel, unknownModel } from "./client.mjs";

const compatible = createOpenAICompatible({ name: "gateway", baseURL: `${baseURL}/v1`, apiKey, includeUsage: true, supportsStructuredOutputs: true });
const google = createGoogleGenerativeAI({ baseURL: `${baseURL}/v1beta`, apiKey });

const providers = [
  { name: "openai-compatible", chat: (id) => compatible.chatModel(id), embed: (id) => compatible.embeddingModel(id), loop: "gemini-4-hydrogen", streamed: "gemini-3.6-flash" },
  { name: "google", chat: (id) => google(id), embed: (id) => google.embeddingModel(id), loop: "gemini-4-argon", streamed: "gemini-3.5-flash" },
];

/** The tools of a loop, which note what they are asked. */
function loopTools(called) {
  const station = (name) =>
    tool({
      description: `Asks ${name}`,
      inputSchema: z.object({ step: z.number() }),
      execute: async ({ step }) => {
        called.push(`${name} ${step}`);
        return { from: name, step };
      },
    });
  return { first: station("first"), second: station("second"), third: station("third") };
}

for (const { name, chat, embed, loop, streamed } of providers) {
  test(`${name}: a chat is answered, with its tokens`, async () => {
    const { text, finishReason, usage } = await generateText({ model: chat(model), instructions: "Be brief.", prompt: "[[sim text Good morning.]]", maxRetries: 0 });
    assert.equal(text, "Good morning.");
    assert.equal(finishReason, "stop");
    assert.ok(usage.inputTokens > 0 && usage.outputTokens > 0, JSON.stringify(usage));
  });

  test(`${name}: a picture arrives`, async () => {
    const content = [
      { type: "text", text: "What does the otter show?" },
      { type: "file", data: Buffer.from(pixel, "base64"), mediaType: "image/png" },
    ];
    const { text } = await generateText({ model: chat(model), messages: [{ role: "user", content }], maxRetries: 0 });
    assert.match(text, /otter/);
    assert.match(text, /image\/png/);
  });

  test(`${name}: a chat is streamed, thoughts apart`, async () => {
    const prompt = `[[sim ${JSON.stringify({ do: "join", steps: [{ do: "thought", text: "Hm." }, { do: "chunks", chunks: ["one ", "two ", "three"] }] })}]]`;
    const result = streamText({ model: chat(model), prompt, maxRetries: 0, onError: ({ error }) => assert.fail(error) });
    const deltas = [];
    for await (const delta of result.textStream) deltas.push(delta);
    assert.equal(deltas.join(""), "one two three");
    assert.ok(deltas.length >= 3, `${deltas.length} deltas`);
    assert.equal(await result.reasoningText, "Hm.");
    assert.equal(await result.finishReason, "stop");
    const usage = await result.usage;
    assert.ok(usage.inputTokens > 0 && usage.outputTokens > 0, JSON.stringify(usage));
  });

  test(`${name}: three steps of tools, signatures and all`, async () => {
    await script(loop, loopSteps);
    const called = [];
    const { text, steps } = await generateText({ model: chat(loop), tools: loopTools(called), stopWhen: stepCountIs(6), prompt: "Go.", maxRetries: 0 });
    assert.deepEqual(called, ["first 1", "second 2", "third 2", "third 3"]);
    assert.equal(steps.length, 4);
    assert.equal(text, "All three are asked.");
    assert.deepEqual(steps.map((step) => step.finishReason), ["tool-calls", "tool-calls", "tool-calls", "stop"]);
  });

  test(`${name}: three steps of tools, streamed`, async () => {
    await script(streamed, loopSteps);
    const called = [];
    const result = streamText({
      model: chat(streamed),
      tools: loopTools(called),
      stopWhen: stepCountIs(6),
      prompt: "Go.",
      maxRetries: 0,
      onError: ({ error }) => assert.fail(error),
    });
    assert.equal(await result.text, "All three are asked.");
    assert.deepEqual(called, ["first 1", "second 2", "third 2", "third 3"]);
  });

  test(`${name}: an answer has the form of a schema`, async () => {
    const schema = z.object({ city: z.string(), days: z.array(z.object({ high: z.number().nullable() })).min(1) });
    const { output } = await generateText({ model: chat(model), output: Output.object({ schema }), prompt: "The forecast.", maxRetries: 0 });
    assert.equal(typeof output.city, "string");
    assert.ok(output.days.length >= 1);
  });

  test(`${name}: texts become vectors`, async () => {
    const { embeddings, usage } = await embedMany({ model: embed(embeddingModel), values: ["a heron", "an otter"], maxRetries: 0 });
    assert.equal(embeddings.length, 2);
    assert.ok(embeddings.every((vector) => vector.length === 3072));
    assert.ok(name === "google" || usage.tokens > 0, JSON.stringify(usage));
  });

  test(`${name}: errors are the API's`, async () => {
    const refused = async (promise, status, retryable) => {
      const error = await promise.then(
        () => assert.fail("what should be refused was answered"),
        (reason) => reason,
      );
      assert.ok(APICallError.isInstance(error), `the error is ${error}`);
      assert.equal(error.statusCode, status);
      assert.equal(error.isRetryable, retryable);
      assert.ok(error.message && !error.message.includes(apiKey) && error.data?.error, `the error's form was not read: ${error.responseBody}`);
    };
    await refused(generateText({ model: chat(unknownModel), prompt: "Hello.", maxRetries: 0 }), 404, false);
    await refused(generateText({ model: chat(model), prompt: '[[sim {"do":"status","code":400,"text":"Bad."}]]', maxRetries: 0 }), 400, false);
    await refused(generateText({ model: chat(model), prompt: '[[sim {"do":"status","code":503,"times":-1}]]', maxRetries: 0 }), 503, true);
  });
}

test("openai-compatible: a picture is drawn", async () => {
  const { image } = await generateImage({ model: compatible.imageModel(imageModel), prompt: "A lighthouse", maxRetries: 0 });
  assert.equal(image.mediaType, "image/png");
  assert.ok(image.uint8Array.length > 60);
});

test("google: a picture is drawn", async () => {
  const { image } = await generateImage({ model: google.image(imageModel), prompt: "A lighthouse", aspectRatio: "16:9", maxRetries: 0 });
  assert.equal(image.mediaType, "image/png");
});

test("google: a text is spoken", async () => {
  const { audio } = await generateSpeech({ model: google.speech(speechModel), text: "Good evening.", voice: "Kore", maxRetries: 0 });
  assert.ok(audio.uint8Array.length > 44);
});
