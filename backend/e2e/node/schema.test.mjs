import assert from "node:assert/strict";
import { test } from "node:test";

import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";

import { ask, newClient } from "./client.mjs";

const client = newClient();

// The helper makes definitions and references of what occurs twice.
const Amount = z.object({ value: z.number().min(0), unit: z.enum(["g", "ml"]) });
const Recipe = z.object({
  title: z.string().min(1),
  minutes: z.number().int().min(1).max(600),
  vegan: z.boolean(),
  note: z.string().nullable(),
  flour: Amount,
  milk: Amount,
  steps: z.array(z.object({ text: z.string() })).min(1),
});

function wantRecipe(completion) {
  const { message, finish_reason } = completion.choices[0];
  assert.equal(finish_reason, "stop");
  assert.deepEqual(Recipe.parse(JSON.parse(message.content)), message.parsed);
}

const request = () => ask("A recipe for pancakes", { response_format: zodResponseFormat(Recipe, "recipe") });

test("parse gives what keeps to the schema", async () => {
  wantRecipe(await client.chat.completions.parse(request()));
});

test("a stream is parsed at its end", async () => {
  wantRecipe(await client.chat.completions.stream(request()).finalChatCompletion());
});
