import assert from "node:assert/strict";
import { test } from "node:test";

import { NotFoundError } from "openai";

import { embeddingModel, model, newClient, unknownModel } from "./client.mjs";

const client = newClient();

test("the models are listed", async () => {
  const names = [];
  for await (const entry of client.models.list()) {
    assert.equal(entry.object, "model");
    assert.ok(entry.owned_by && Number.isInteger(entry.created));
    names.push(entry.id);
  }
  assert.ok(names.includes(model) && names.includes(embeddingModel), `the list is ${names}`);
});

test("a model is retrieved", async () => {
  const entry = await client.models.retrieve(model);
  assert.equal(entry.id, model);
  assert.equal(entry.object, "model");
});

test("an unknown model is not found", async () => {
  await assert.rejects(client.models.retrieve(unknownModel), (error) => error instanceof NotFoundError && error.code === "model_not_found");
});
