import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ask, eventsOf, modelNames, type Part, type Turn } from "./chat";
import { codeOf, tongues } from "./code";
import { collect, withPart } from "./use-chat";

const turn = (role: Turn["role"], text: string, attachments: Turn["attachments"] = []): Turn => ({
  id: 1,
  role,
  text,
  attachments,
  thoughts: "",
  images: [],
  state: "done",
});
const stream = (...pieces: string[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });

let sent: { messages: unknown[]; thinking_config: unknown };
let answer: () => Response;
beforeEach(() => {
  vi.stubGlobal("fetch", async (_url: string, init: RequestInit) => {
    sent = JSON.parse(String(init.body));
    return answer();
  });
});
afterEach(() => vi.unstubAllGlobals());

const image = { name: "a.png", type: "image/png", size: 1, url: "data:image/png;base64,AA==" };
const run = async () => {
  const parts: Part[] = [];
  const turns = [turn("user", "看图", [image, { name: "b.pdf", type: "application/pdf", size: 9, fileId: "file-1" }])];
  await ask({
    key: "sk-FAKE",
    options: { model: "m", effort: "low", thoughts: true, system: " 简洁 " },
    turns,
    signal: new AbortController().signal,
    onPart: (part) => parts.push(part),
  });
  return parts.reduce(withPart, turn("assistant", ""));
};

it("an answer is put together from its parts, with its thoughts apart", async () => {
  const chunk = (delta: object) => `data: ${JSON.stringify({ choices: [{ delta }] })}\n\n`;
  answer = () =>
    new Response(
      stream(
        ": heartbeat\n\n",
        chunk({ reasoning_content: "嗯" }),
        chunk({ content: "你" }) + chunk({ content: "好" }).slice(0, 9),
        chunk({ content: "好" }).slice(9),
        'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":7}}\n\ndata: [DONE]\n\n',
      ),
      { headers: { "X-Attempts": "2", "X-Request-Id": "abc" } },
    );
  const result = await run();
  expect(result).toMatchObject({ text: "你好", thoughts: "嗯", stats: { attempts: 2, requestId: "abc", inputTokens: 3, outputTokens: 7 } });
  expect(sent.thinking_config).toEqual({ include_thoughts: true, thinking_level: "low" });
  expect(sent.messages).toEqual([
    { role: "system", content: "简洁" },
    {
      role: "user",
      content: [
        { type: "text", text: "看图" },
        { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } },
        { type: "file", file: { file_id: "file-1" } },
      ],
    },
  ]);
});

it("an error of the gateway is told in its words, before the stream and within", async () => {
  answer = () => new Response(JSON.stringify({ error: { message: "no such model" } }), { status: 404 });
  await expect(run()).rejects.toThrow("no such model");
  answer = () => new Response(stream('data: {"error":{"message":"cut off"}}\n\n'));
  await expect(run()).rejects.toThrow("cut off");
});

it("events may be cut anywhere, even within a character", async () => {
  const bytes = new TextEncoder().encode("data: 你好\r\n\r\ndata: x\n\n");
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
      controller.close();
    },
  });
  const found: string[] = [];
  for await (const data of eventsOf(body)) found.push(data);
  expect(found).toEqual(["你好", "x"]);
});

it("the same request in code names no key, leaves out long data, and is safe to paste into a shell", () => {
  const long = { ...image, url: `data:image/png;base64,${"A".repeat(500)}` };
  const turns = [turn("user", "it's", [long])];
  const codes = tongues.map((tongue) => codeOf(tongue, "http://h", { model: "m", effort: "none", thoughts: false, system: "" }, turns));
  for (const code of codes) {
    expect(code).toContain("data:image/png;base64,…");
    expect(code).toContain("thinking_level");
    expect(code).not.toMatch(/AAAAA|sk-/);
  }
  expect(codes[0]).toContain("it'\\''s");
});

it("what comes between two frames is one change, in order, and nothing of it is lost at the end", () => {
  const frames: (() => void)[] = [];
  vi.stubGlobal("requestAnimationFrame", (run: () => void) => frames.push(run));
  let answer = turn("assistant", "");
  let changes = 0;
  const { take, flush } = collect((part) => {
    changes += 1;
    answer = withPart(answer, part);
  });
  take({ thoughts: "嗯" });
  take({ text: "你", stats: { attempts: 1 } });
  take({ text: "好" });
  expect(changes).toBe(0);
  frames.shift()?.();
  expect([changes, answer.text, answer.thoughts, answer.stats]).toEqual([1, "你好", "嗯", { attempts: 1 }]);
  take({ text: "。", images: ["data:image/png;base64,AA=="] });
  flush();
  frames.shift()?.();
  expect([changes, answer.text, answer.images.length, frames.length]).toEqual([2, "你好。", 1, 0]);
});

it("models that cannot chat are left out, as far as Gemini tells", async () => {
  const models = { data: ["gemini-a", "gemini-embedding", "gemini-b-tts", "an-alias"].map((id) => ({ id })) };
  const native = {
    models: [
      { name: "models/gemini-a", supportedGenerationMethods: ["generateContent"] },
      { name: "models/gemini-embedding", supportedGenerationMethods: ["embedContent"] },
    ],
  };
  let told = true;
  vi.stubGlobal("fetch", async (url: string) =>
    url.includes("/v1beta/") ? new Response(JSON.stringify(told ? native : {}), { status: told ? 200 : 503 }) : Response.json(models),
  );
  const { signal } = new AbortController();
  expect(await modelNames("sk-FAKE", signal)).toEqual(["gemini-a", "an-alias"]);
  told = false;
  expect(await modelNames("sk-FAKE", signal)).toEqual(["gemini-a", "gemini-embedding", "an-alias"]);
});
