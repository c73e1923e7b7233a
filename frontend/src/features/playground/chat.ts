import { apiBaseUrl } from "@/api/config";
import { type Fault, refusalIn, refusalOf } from "./fault";

/** What goes with a message: inline, as a data: URL, or as a file that the gateway keeps. */
export interface Attachment {
  name: string;
  /** Its media type, e.g. "image/png". */
  type: string;
  size: number;
  url?: string;
  fileId?: string;
}

export interface Turn {
  id: number;
  role: "user" | "assistant";
  text: string;
  attachments: readonly Attachment[];
  /** Of an answer: what the model thought first. */
  thoughts: string;
  /** Of an answer: images the model made, as data: URLs. */
  images: readonly string[];
  /** Of an answer: how it went so far. */
  state: "done" | "waiting" | "thinking" | "writing" | "stopped" | "failed";
  fault?: Fault;
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
  thoughtTokens?: number;
}

export const efforts = ["default", "none", "low", "medium", "high"] as const;
export type Effort = (typeof efforts)[number];

/** How the model is to be asked. */
export interface Options {
  model: string;
  /** How hard it thinks; "default" leaves it to the gateway's settings. */
  effort: Effort;
  thoughts: boolean;
  system: string;
  /** 0 to 2; absent leaves it to the model. */
  temperature?: number | undefined;
}

export interface Ask {
  key: string;
  options: Options;
  turns: readonly Turn[];
  signal: AbortSignal;
  /** Gets what came, as it comes. */
  onPart: (part: Part) => void;
}

export interface Part {
  text?: string;
  thoughts?: string;
  images?: readonly string[];
  stats?: Stats;
}

interface Chunk {
  choices?: {
    delta?: { content?: string | null; reasoning_content?: string | null; images?: { image_url?: { url?: string } }[] };
  }[];
  usage?: {
    prompt_tokens?: number;
    completion_tokens?: number;
    completion_tokens_details?: { reasoning_tokens?: number };
  } | null;
  error?: { message?: string; code?: string | null };
}

/** The body of the request that asks for the next answer of a conversation, without its stream options. */
export function bodyOf({ model, effort, thoughts, system, temperature }: Options, turns: readonly Turn[]) {
  const thinking = { ...(thoughts && { include_thoughts: true }), ...(effort !== "default" && { thinking_level: effort }) };
  return {
    model,
    messages: [
      ...(system.trim() ? [{ role: "system", content: system.trim() }] : []),
      ...turns.filter((turn) => turn.text !== "" || turn.attachments.length > 0).map(messageOf),
    ],
    ...(temperature !== undefined && { temperature }),
    ...(Object.keys(thinking).length > 0 && { thinking_config: thinking }),
  };
}

function messageOf({ role, text, attachments }: Turn) {
  if (role === "assistant" || attachments.length === 0) return { role, content: text };
  return { role, content: [...(text ? [{ type: "text", text }] : []), ...attachments.map(partOf)] };
}

function partOf({ name, type, url, fileId }: Attachment) {
  if (fileId) return { type: "file", file: { file_id: fileId } };
  if (type.startsWith("image/")) return { type: "image_url", image_url: { url } };
  return { type: "file", file: { filename: name, file_data: url } };
}

/** Sends a conversation to the gateway's own OpenAI API and reports the answer part by part. Throws a Refusal with the gateway's words. */
export async function ask({ key, options, turns, signal, onPart }: Ask): Promise<void> {
  const start = performance.now();
  const since = () => (performance.now() - start) / 1000;
  const response = await fetch(`${apiBaseUrl()}/v1/chat/completions`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: JSON.stringify({ ...bodyOf(options, turns), stream: true, stream_options: { include_usage: true } }),
    signal,
  });
  const stats: Stats = {
    attempts: Number(response.headers.get("X-Attempts")) || undefined,
    requestId: response.headers.get("X-Request-Id") ?? undefined,
  } as Stats;
  onPart({ stats: { ...stats } });
  if (!response.ok || !response.body) throw await refusalOf(response);
  for await (const data of eventsOf(response.body)) {
    if (data === "[DONE]") break;
    const chunk = JSON.parse(data) as Chunk;
    if (chunk.error) throw refusalIn(chunk.error);
    const part = partOfAnswer(chunk);
    if (Object.keys(part).length > 0) stats.firstSeconds ??= since();
    if (chunk.usage) {
      stats.inputTokens = chunk.usage.prompt_tokens ?? 0;
      stats.outputTokens = chunk.usage.completion_tokens ?? 0;
      stats.thoughtTokens = chunk.usage.completion_tokens_details?.reasoning_tokens ?? 0;
    }
    onPart({ ...part, stats: { ...stats } });
  }
  onPart({ stats: { ...stats, totalSeconds: since() } });
}

function partOfAnswer(chunk: Chunk): Part {
  const delta = chunk.choices?.[0]?.delta;
  const images = delta?.images?.flatMap(({ image_url }) => (image_url?.url?.startsWith("data:image/") ? [image_url.url] : [])) ?? [];
  return {
    ...(delta?.content && { text: delta.content }),
    ...(delta?.reasoning_content && { thoughts: delta.reasoning_content }),
    ...(images.length > 0 && { images }),
  };
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

/** The names of the models that the gateway offers to this key and that can chat, as far as Gemini tells. */
export async function modelNames(key: string, signal: AbortSignal): Promise<string[]> {
  const headers = { Authorization: `Bearer ${key}` };
  const [response, native] = await Promise.all([
    fetch(`${apiBaseUrl()}/v1/models`, { headers, signal }),
    fetch(`${apiBaseUrl()}/v1beta/models?pageSize=1000`, { headers, signal }).catch(() => undefined),
  ]);
  if (!response.ok) throw await refusalOf(response);
  const { data } = (await response.json()) as { data: { id: string }[] };
  const told = native?.ok ? ((await native.json()) as NativeModels).models : [];
  const silent = new Set(told.filter(({ supportedGenerationMethods: can }) => can && !can.includes("generateContent")).map(bareName));
  return data.map(({ id }) => id).filter((id) => !silent.has(id) && !/-tts\b/.test(id));
}

interface NativeModels {
  models: { name: string; supportedGenerationMethods?: string[] }[];
}

function bareName({ name }: { name: string }): string {
  return name.replace(/^models\//, "");
}
