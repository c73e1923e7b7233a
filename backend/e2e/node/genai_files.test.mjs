// Google's own client with files, and with what Google keeps for a project.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { ApiError, createPartFromUri, GoogleGenAI } from "@google/genai";

import { apiKey, baseURL, model } from "./client.mjs";

const client = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: baseURL } });

/** Moves the simulated Gemini's clock. */
async function advance(by) {
  const response = await fetch(`${process.env.SIM_URL}/sim/clock`, { method: "POST", body: JSON.stringify({ advance: by }) });
  assert.ok(response.ok);
}

async function gone(promise, ...statuses) {
  const error = await promise.then(
    () => assert.fail("what is not there was found"),
    (reason) => reason,
  );
  assert.ok(error instanceof ApiError, `the error is ${error}`);
  assert.ok(statuses.includes(error.status), error.message);
}

test("a file of several chunks is uploaded and asked about", async () => {
  const directory = await mkdtemp(join(tmpdir(), "genai-"));
  try {
    const path = join(directory, "book.txt");
    await writeFile(path, "A line of the long book.\n".repeat(800_000)); // 20 MB, in chunks of 8 MiB
    const file = await client.files.upload({ file: path, config: { mimeType: "text/plain", displayName: "a book" } });
    assert.equal(file.state, "ACTIVE");
    assert.equal(file.sizeBytes, "20000000");
    assert.match(file.uri, /^http:\/\/127\.0\.0\.1:\d+\/v1beta\/files\/[a-z0-9]+$/);
    const contents = [createPartFromUri(file.uri, file.mimeType), "What is the heron of it?"];
    const answer = await client.models.generateContent({ model, contents });
    assert.match(answer.text, /heron/);
    let streamed = "";
    for await (const chunk of await client.models.generateContentStream({ model, contents })) streamed += chunk.text ?? "";
    assert.match(streamed, /heron/);
    const { totalTokens } = await client.models.countTokens({ model, contents });
    assert.ok(totalTokens > 0);
    assert.equal((await client.files.get({ name: file.name })).sha256Hash, file.sha256Hash);
    const copy = join(directory, "copy.txt");
    await client.files.download({ file: file.name, downloadPath: copy });
    assert.ok((await readFile(copy)).equals(await readFile(path)));
    await client.files.delete({ name: file.name });
    await gone(client.files.get({ name: file.name }), 403);
    await gone(client.models.generateContent({ model, contents }), 403);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("a blob is uploaded under a name, files are listed page by page", async () => {
  const names = [];
  for (const name of ["first-note", "second-note", "third-note"]) {
    const file = await client.files.upload({ file: new Blob([`This is the ${name}.`], { type: "text/plain" }), config: { name, mimeType: "text/plain" } });
    assert.equal(file.name, `files/${name}`);
    names.unshift(file.name);
  }
  const listed = [];
  for await (const { name } of await client.files.list({ config: { pageSize: 2 } })) {
    if (names.includes(name)) listed.push(name);
  }
  assert.deepEqual(listed, names);
  for (const name of names) await client.files.delete({ name });
});

test("a cached content is made, used, changed, listed and deleted", async () => {
  const cache = await client.caches.create({ model, config: { contents: "A long book.", ttl: "600s", displayName: "book" } });
  for (let i = 0; i < 4; i++) {
    const answer = await client.models.generateContent({ model, contents: "What is it?", config: { cachedContent: cache.name } });
    assert.ok(answer.usageMetadata.cachedContentTokenCount > 0);
  }
  const longer = await client.caches.update({ name: cache.name, config: { ttl: "3600s" } });
  assert.ok(longer.expireTime > cache.expireTime);
  const listed = [];
  for await (const { name } of await client.caches.list()) listed.push(name);
  assert.deepEqual(listed, [cache.name]);
  await client.caches.delete({ name: cache.name });
  await gone(client.caches.get({ name: cache.name }), 403);
});

test("a batch is made, waited for, listed, cancelled and deleted", async () => {
  const job = await client.batches.create({
    model,
    src: { inlinedRequests: [{ contents: [{ parts: [{ text: "one" }], role: "user" }] }, { contents: [{ parts: [{ text: "two" }], role: "user" }] }] },
    config: { displayName: "nightly" },
  });
  assert.equal(job.state, "JOB_STATE_PENDING");
  await advance("60s");
  const done = await client.batches.get({ name: job.name });
  assert.equal(done.state, "JOB_STATE_SUCCEEDED");
  assert.equal(done.dest.inlinedResponses[1].response.candidates[0].content.parts[0].text, `${model} heard: two`);
  const listed = [];
  for await (const { name } of await client.batches.list()) listed.push(name);
  assert.deepEqual(listed, [job.name]);
  await client.batches.cancel({ name: job.name });
  await client.batches.delete({ name: job.name });
});

test("interactions go on from each other, streamed too", async () => {
  const first = await client.interactions.create({ model, input: "one" });
  assert.equal(first.status, "completed");
  const events = [];
  let second;
  for await (const event of await client.interactions.create({ model, input: "two", previous_interaction_id: first.id, stream: true })) {
    events.push(event.event_type);
    second = event.interaction?.id ?? second;
  }
  assert.equal(events.at(0), "interaction.created");
  assert.equal(events.at(-1), "interaction.completed");
  assert.ok(events.includes("step.delta"));
  const kept = await client.interactions.get(second);
  assert.equal(kept.previous_interaction_id, first.id);
  await client.interactions.delete(second);
  await assert.rejects(client.interactions.get(second), /not found/);
});

test("a file search store is made and asked", async () => {
  const store = await client.fileSearchStores.create({ config: { displayName: "mine" } });
  const answer = await client.models.generateContent({
    model,
    contents: "What is in it?",
    config: { tools: [{ fileSearch: { fileSearchStoreNames: [store.name] } }] },
  });
  assert.match(answer.text, /What is in it/);
  const upload = await client.fileSearchStores.uploadToFileSearchStore({
    fileSearchStoreName: store.name,
    file: new Blob(["A note on herons."], { type: "text/plain" }),
    config: { mimeType: "text/plain", displayName: "note" },
  });
  const file = await client.files.upload({ file: new Blob(["A note on otters."], { type: "text/plain" }), config: { mimeType: "text/plain" } });
  const taken = await client.fileSearchStores.importFile({ fileSearchStoreName: store.name, fileName: file.name });
  await advance("60s");
  for (const operation of [upload, taken]) {
    const done = await client.operations.get({ operation });
    assert.ok(done.done, JSON.stringify(done));
  }
  await client.files.delete({ name: file.name });
  await client.fileSearchStores.delete({ name: store.name });
});
