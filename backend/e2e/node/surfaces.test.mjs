import assert from "node:assert/strict";
import { test } from "node:test";

import { toFile } from "openai";

import { imageModel, loopSteps, newClient, script, scribeModel, speechModel } from "./client.mjs";

const client = newClient();

/** Tools that note what they are asked. */
function loopTools(called) {
  return ["first", "second", "third"].map((name) => ({
    type: "function",
    function: {
      name,
      parse: JSON.parse,
      parameters: { type: "object", properties: { step: { type: "number" } }, required: ["step"] },
      function: ({ step }) => {
        called.push(`${name} ${step}`);
        return `${name} says ${step}`;
      },
    },
  }));
}

for (const [stream, loop] of [
  [false, "gemini-3-flash-preview"],
  [true, "gemini-3.1-flash-lite"],
]) {
  test(`runTools goes three steps, ${stream ? "streamed" : "whole"}`, async () => {
    await script(loop, loopSteps);
    const called = [];
    const runner = client.chat.completions.runTools({ model: loop, stream, tools: loopTools(called), messages: [{ role: "user", content: "Go." }] });
    assert.equal(await runner.finalContent(), "All three are asked.");
    assert.deepEqual(called, ["first 1", "second 2", "third 2", "third 3"]);
  });
}

test("a picture is drawn", async () => {
  const { data, output_format } = await client.images.generate({ model: imageModel, prompt: "A lighthouse", size: "1024x1024" });
  assert.equal(output_format, "png");
  assert.ok(Buffer.from(data[0].b64_json, "base64").length > 60);
});

test("a text is spoken, and what is spoken is written down", async () => {
  const response = await client.audio.speech.create({ model: speechModel, voice: "alloy", input: "Good evening.", response_format: "wav" });
  assert.equal(response.headers.get("content-type"), "audio/wav");
  const sound = Buffer.from(await response.arrayBuffer());
  assert.equal(sound.subarray(0, 4).toString(), "RIFF");
  const { text } = await client.audio.transcriptions.create({ model: scribeModel, file: await toFile(sound, "evening.wav") });
  assert.equal(typeof text, "string");
  let streamed = "";
  for await (const event of await client.audio.transcriptions.create({ model: scribeModel, file: await toFile(sound, "evening.wav"), stream: true })) {
    if (event.type === "transcript.text.delta") streamed += event.delta;
  }
  assert.equal(streamed, text);
});
