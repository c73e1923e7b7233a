import { apiBaseUrl } from "@/api/config";

/** An image of a message, as a data: URL; it is sent inline. */
export interface Picture {
  name: string;
  url: string;
}

export interface Turn {
  id: number;
  role: "user" | "assistant";
  text: string;
  pictures: readonly Picture[];
  /** Of an answer: what the model thought first. */
  thoughts: string;
  /** Of an answer: how it went so far. */
  state: "done" | "waiting" | "thinking" | "writing" | "stopped" | "failed";
  fault?: string;
  stats?: Stats;
}

/** What an answer took. Times are in seconds from the sending. */
export interface Stats {
  attempts?: number;
  requestId?: string;
  firstSeconds?: number;
  totalSeconds?: number;
  inputTokens?: number;
  outputTokens?: number;
}

export interface Ask {
  key: string;
  model: string;
  turns: readonly Turn[];
  thoughts: boolean;
  signal: AbortSignal;
  /** Gets what came, as it comes. */
  onPart: (part: Part) => void;
}

export interface Part {
  text?: string;
  thoughts?: string;
  stats?: Stats;
}

interface Chunk {
  choices?: { delta?: { content?: string | null; reasoning_content?: string | null } }[];
  usage?: { prompt_tokens?: number; completion_tokens?: number } | null;
  error?: { message?: string };
}

/** Sends a conversation to the gateway's own OpenAI API and reports the answer part by part. Throws an Error with the gateway's words. */
export async function ask({ key, model, turns, thoughts, signal, onPart }: Ask): Promise<void> {
  const start = performance.now();
  const since = () => (performance.now() - start) / 1000;
  const response = await fetch(`${apiBaseUrl()}/v1/chat/completions`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: JSON.stringify({
      model,
      stream: true,
      stream_options: { include_usage: true },
      ...(thoughts && { thinking_config: { include_thoughts: true } }),
      messages: turns.filter((turn) => turn.text !== "" || turn.pictures.length > 0).map(messageOf),
    }),
    signal,
  });
  const stats: Stats = {
    attempts: Number(response.headers.get("X-Attempts")) || undefined,
    requestId: response.headers.get("X-Request-Id") ?? undefined,
  } as Stats;
  onPart({ stats: { ...stats } });
  if (!response.ok || !response.body) throw new Error(await faultOf(response));
  for await (const data of eventsOf(response.body)) {
    if (data === "[DONE]") break;
    const chunk = JSON.parse(data) as Chunk;
    if (chunk.error) throw new Error(chunk.error.message ?? "");
    const delta = chunk.choices?.[0]?.delta;
    const part: Part = {};
    if (delta?.content) part.text = delta.content;
    if (delta?.reasoning_content) part.thoughts = delta.reasoning_content;
    if ((part.text || part.thoughts) && stats.firstSeconds === undefined) stats.firstSeconds = since();
    if (chunk.usage) Object.assign(stats, { inputTokens: chunk.usage.prompt_tokens, outputTokens: chunk.usage.completion_tokens });
    onPart({ ...part, stats: { ...stats } });
  }
  onPart({ stats: { ...stats, totalSeconds: since() } });
}

function messageOf({ role, text, pictures }: Turn) {
  if (role === "assistant" || pictures.length === 0) return { role, content: text };
  const parts = pictures.map(({ url }) => ({ type: "image_url", image_url: { url } }));
  return { role, content: [...(text ? [{ type: "text", text }] : []), ...parts] };
}

async function faultOf(response: Response): Promise<string> {
  const body = (await response.json().catch(() => undefined)) as { error?: { message?: string } } | undefined;
  return body?.error?.message ?? `HTTP ${response.status}`;
}

/** The data of each server-sent event; comments and other fields are passed over. */
export async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split(/\r?\n/);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith("data:")) yield line.slice(5).trim();
    }
  }
}

/** The names of the models the gateway offers to this key. */
export async function modelNames(key: string, signal: AbortSignal): Promise<string[]> {
  const response = await fetch(`${apiBaseUrl()}/v1/models`, { headers: { Authorization: `Bearer ${key}` }, signal });
  if (!response.ok) throw new Error(await faultOf(response));
  const { data } = (await response.json()) as { data: { id: string }[] };
  return data.map(({ id }) => id);
}
