import assert from "node:assert/strict";
import { test } from "node:test";

import { embeddingModel, newClient } from "./client.mjs";

const client = newClient();
const input = ["a heron", "an otter"];

function wantVectors(list, width) {
  assert.equal(list.object, "list");
  assert.equal(list.model, embeddingModel);
  assert.ok(list.usage.prompt_tokens > 0);
  assert.deepEqual(
    list.data.map((item) => item.index),
    [0, 1],
  );
  for (const { embedding } of list.data) {
    assert.ok(Array.isArray(embedding) && embedding.every(Number.isFinite), "a vector is not of numbers");
    assert.equal(embedding.length, width);
    assert.ok(Math.abs(Math.hypot(...embedding) - 1) < 1e-3, "a vector is not of length 1");
  }
}

test("the client asks for base64 by itself and gives numbers", async () => {
  let asked;
  const watching = newClient({
    fetch(url, init) {
      asked = JSON.parse(init.body).encoding_format;
      return fetch(url, init);
    },
  });
  wantVectors(await watching.embeddings.create({ model: embeddingModel, input, dimensions: 256 }), 256);
  assert.equal(asked, "base64");
});

test("vectors are the same as floats", async () => {
  const request = { model: embeddingModel, input, dimensions: 256 };
  const packed = await client.embeddings.create(request);
  const floats = await client.embeddings.create({ ...request, encoding_format: "float" });
  wantVectors(floats, 256);
  for (const [i, { embedding }] of floats.data.entries()) {
    assert.deepEqual(packed.data[i].embedding, embedding.map(Math.fround));
  }
});
