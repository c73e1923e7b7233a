// The official client of a gateway that runs, and what the tests know of it. All of it comes from the environment: node_test.go gives it.
import OpenAI from "openai";

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; run go test -run TestNodeClients in the directory above`);
  return value;
}

export const apiKey = required("API_KEY");
export const model = required("MODEL");
export const unknownModel = required("UNKNOWN_MODEL");
export const limitedModel = required("LIMITED_MODEL"); // answers LIMITED_ANSWERS times a minute
export const limitedAnswers = Number(required("LIMITED_ANSWERS"));
export const embeddingModel = required("EMBEDDING_MODEL");

/** Makes a client that does not try again by itself, so that every answer is seen. */
export function newClient(options) {
  return new OpenAI({ baseURL: `${required("BASE_URL")}/v1`, apiKey, maxRetries: 0, ...options });
}

/** A request for a plain text; "[[sim …]]" in it tells the simulated Gemini what to answer. */
export function ask(text, more) {
  return { model, messages: [{ role: "user", content: text }], ...more };
}
