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

export const imageModel = required("IMAGE_MODEL");
export const scribeModel = "gemini-2.5-flash-lite"; // hears; the one OpenAI's names stand for is the limited one
export const speechModel = required("SPEECH_MODEL");
export const baseURL = required("BASE_URL");

/** Tells the simulated Gemini what to answer next where it is asked for a model, whoever asks: a test that scripts has a model of its own. */
export async function script(forModel, steps) {
  const response = await fetch(`${required("SIM_URL")}/sim/scripts`, { method: "POST", body: JSON.stringify({ target: { model: forModel }, steps }) });
  if (!response.ok) throw new Error(`the simulator refuses a script: ${await response.text()}`);
}

const call = (name, step) => ({ name, args: { step } });

/** Three steps of calls, the second of two at once, and the answer. Gemini signs the first call of each step, and refuses the next without. */
export const loopSteps = [
  { do: "calls", calls: [call("first", 1)] },
  { do: "calls", calls: [call("second", 2), call("third", 2)] },
  { do: "calls", calls: [call("third", 3)] },
  { do: "text", text: "All three are asked." },
];

export const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
