import assert from "node:assert/strict";
import { test } from "node:test";

import { AuthenticationError, BadRequestError, NotFoundError, RateLimitError } from "openai";

import { apiKey, ask, embeddingModel, limitedAnswers, limitedModel, newClient, unknownModel } from "./client.mjs";

const client = newClient();

/** Wants a promise to be refused with an error of a class, in OpenAI's form, that shows no key; gives the error. */
async function refused(promise, Class, fields) {
  const error = await promise.then(
    () => assert.fail("what should be refused was answered"),
    (reason) => reason,
  );
  assert.ok(error instanceof Class, `the error is ${error}`);
  const { status, type, code, param } = error;
  assert.deepEqual({ status, type, code, param }, fields);
  assert.ok(error.error.message, "the error has no message");
  assert.ok(error.requestID, "the error has no request id");
  assert.ok(!JSON.stringify(error.error).includes(apiKey), "the error shows the key");
  return error;
}

const badKey = { status: 401, type: "invalid_request_error", code: "invalid_api_key", param: null };
const noModel = { status: 404, type: "invalid_request_error", code: "model_not_found", param: null };
const badField = (param) => ({ status: 400, type: "invalid_request_error", code: null, param });

test("a wrong key is an AuthenticationError", async () => {
  const stranger = newClient({ apiKey: "sk-FAKE-unknown" });
  await refused(stranger.chat.completions.create(ask("Hello.")), AuthenticationError, badKey);
  await refused(stranger.chat.completions.create(ask("Hello.", { stream: true })), AuthenticationError, badKey);
  await refused(stranger.models.list(), AuthenticationError, badKey);
});

test("an unknown model is a NotFoundError, streamed too", async () => {
  const request = ask("Hello.", { model: unknownModel });
  await refused(client.chat.completions.create(request), NotFoundError, noModel);
  await refused(client.chat.completions.create({ ...request, stream: true }), NotFoundError, noModel);
});

test("a bad field is a BadRequestError that names it", async () => {
  await refused(client.chat.completions.create(ask("Hello.", { temperature: 9 })), BadRequestError, badField("temperature"));
  const picture = { type: "image_url", image_url: { url: "data:image/gif;base64,R0lGODlh" } };
  const request = ask([{ type: "text", text: "Look." }, picture]);
  await refused(client.chat.completions.create(request), BadRequestError, badField("messages[0].content[1].image_url.url"));
  await refused(client.embeddings.create({ model: embeddingModel, input: [1, 2, 3] }), BadRequestError, badField("input[0]"));
});

test("a minute that is used up is a RateLimitError that says when to come back", async () => {
  const request = ask("Hello.", { model: limitedModel });
  for (let i = 0; i < limitedAnswers; i++) await client.chat.completions.create(request);
  const error = await refused(client.chat.completions.create(request), RateLimitError, {
    status: 429,
    type: "rate_limit_error",
    code: "rate_limit_exceeded",
    param: null,
  });
  const seconds = Number(error.headers.get("retry-after"));
  assert.ok(seconds > 0 && seconds <= 61, `Retry-After is ${seconds}`);
});
