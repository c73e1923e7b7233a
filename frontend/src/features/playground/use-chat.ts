import { session } from "@/api/session";
import { Store, useStore } from "@/api/store";
import { type Attachment, ask, type Options, type Part, type Turn } from "./chat";
import { playgroundKey } from "./key-store";

/** The conversation, which outlives the page as long as the tab does: who looks at a record finds it again. Nothing of it is stored. */
const conversation = new Store<readonly Turn[]>([]);
export const playgroundOptions = new Store<Partial<Options>>({});
let running: AbortController | undefined;
let lastId = 0;

// What one operator asked is not the next one's to see.
session.subscribe(() => {
  if (session.get() !== "out") return;
  clear();
  playgroundKey.set(undefined);
  playgroundOptions.set({});
});

function clear(): void {
  running?.abort();
  conversation.set([]);
}

function change(id: number, next: (turn: Turn) => Turn): void {
  conversation.set(conversation.get().map((turn) => (turn.id === id ? next(turn) : turn)));
}

function make(turn: Pick<Turn, "role" | "state"> & Partial<Turn>): Turn {
  lastId += 1;
  return { id: lastId, text: "", attachments: [], thoughts: "", images: [], ...turn };
}

async function answer(key: string, options: Options, asked: readonly Turn[]): Promise<void> {
  const reply = make({ role: "assistant", state: "waiting" });
  conversation.set([...asked, reply]);
  const abort = new AbortController();
  running = abort;
  // A turn that failed said nothing the model could build on.
  const turns = asked.filter((turn, index) => turn.state !== "failed" && asked[index + 1]?.state !== "failed");
  try {
    await ask({ key, options, turns, signal: abort.signal, onPart: (part) => change(reply.id, (turn) => withPart(turn, part)) });
    change(reply.id, (turn) => ({ ...turn, state: "done" }));
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    change(reply.id, (turn) => (abort.signal.aborted ? { ...turn, state: "stopped" } : { ...turn, state: "failed", fault }));
  }
}

export function useChat() {
  const turns = useStore(conversation);
  return {
    turns,
    busy: turns.some((turn) => turn.state === "waiting" || turn.state === "thinking" || turn.state === "writing"),
    send: (key: string, options: Options, text: string, attachments: readonly Attachment[]) =>
      answer(key, options, [...turns, make({ role: "user", state: "done", text, attachments })]),
    /** Asks for the last answer anew. */
    again: (key: string, options: Options) => answer(key, options, turns.slice(0, turns.findLastIndex((turn) => turn.role === "user") + 1)),
    stop: () => running?.abort(),
    clear,
  };
}

/** An answer with one more part of it. */
export function withPart(turn: Turn, { text = "", thoughts = "", images = [], stats }: Part): Turn {
  const state = text || images.length > 0 ? "writing" : thoughts ? "thinking" : turn.state;
  return {
    ...turn,
    state,
    text: turn.text + text,
    thoughts: turn.thoughts + thoughts,
    images: images.length > 0 ? [...turn.images, ...images] : turn.images,
    ...(stats && { stats }),
  };
}
