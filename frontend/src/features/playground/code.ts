import { bodyOf, type Options, type Turn } from "./chat";

export const tongues = ["curl", "Python", "Node"] as const;
export type Tongue = (typeof tongues)[number];

/** Inline data longer than this is cut, for nobody pastes megabytes into a terminal. */
const longest = 200;

/** The next request of a conversation as code, with a placeholder for the key. */
export function codeOf(tongue: Tongue, baseUrl: string, options: Options, turns: readonly Turn[]): string {
  const { model, messages, thinking_config, temperature } = bodyOf(options, turns.length > 0 ? turns : [hello]);
  const extra = thinking_config && { thinking_config };
  switch (tongue) {
    case "curl":
      return `curl ${baseUrl}/v1/chat/completions \\
  -H "Authorization: Bearer $GEMINI_PROXY_KEY" \\
  -H "Content-Type: application/json" \\
  -d '${json({ model, messages, temperature, ...extra }).replaceAll("'", "'\\''")}'`;
    case "Python":
      return `# pip install openai
import os
from openai import OpenAI

client = OpenAI(base_url="${baseUrl}/v1", api_key=os.environ["GEMINI_PROXY_KEY"])
stream = client.chat.completions.create(
    model=${json(model)},
    messages=${python(messages, 1)},${temperature === undefined ? "" : `\n    temperature=${temperature},`}${extra ? `\n    extra_body=${python(extra, 1)},` : ""}
    stream=True,
)
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)`;
    case "Node":
      return `// npm install openai
import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${baseUrl}/v1", apiKey: process.env.GEMINI_PROXY_KEY });
const stream = await client.chat.completions.create(${json({ model, messages, temperature, ...extra, stream: true })});
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? "");`;
  }
}

const hello: Turn = { id: 0, role: "user", text: "你好", attachments: [], thoughts: "", images: [], state: "done" };

function json(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => shortened(inner), 2);
}

function shortened(value: unknown): unknown {
  if (typeof value !== "string" || !value.startsWith("data:") || value.length <= longest) return value;
  return `${value.slice(0, value.indexOf(",") + 1)}…`;
}

/** A value as Python writes it: JSON but for three words. */
function python(value: unknown, depth: number): string {
  const pad = "    ".repeat(depth);
  if (value === true) return "True";
  if (value === false) return "False";
  if (value === null || value === undefined) return "None";
  if (Array.isArray(value)) return `[\n${value.map((one) => `${pad}    ${python(one, depth + 1)},\n`).join("")}${pad}]`;
  if (typeof value === "object") {
    const entries = Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${python(one, depth + 1)}`);
    return `{${entries.join(", ")}}`;
  }
  return JSON.stringify(shortened(value));
}
