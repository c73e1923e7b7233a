import { session } from "@/api/session";
import { Store, useStore } from "@/api/store";
import { type Attachment, ask, type Options, type Part, type Turn } from "./chat";
import { faultOf } from "./fault";
import { playgroundKey } from "./key-store";

/** The conversation, which outlives the page as long as the tab does: who looks at a record finds it again. Nothing of it is stored. */
const conversation = new Store<readonly Turn[]>([]);
export const playgroundOptions = new Store<Partial<Options>>({});
/** What is being written, which outlives the page as well. */
export const draft = new Store("");
/** The question that is being written anew. */
export const edited = new Store<Turn | undefined>(undefined);
let running: AbortController | undefined;
let lastId = 0;

// What one operator asked is not the next one's to see.
session.subscribe(() => {
  if (session.get() !== "out") return;
  clear();
  playgroundKey.set(undefined);
  playgroundOptions.set({});
  draft.set("");
});

/** Ends the conversation, and gives a way to have it back. */
function clear(): () => void {
  const before = conversation.get();
  running?.abort();
  conversation.set([]);
  edited.set(undefined);
  return () => conversation.set(before.map((turn) => (isBusy(turn) ? { ...turn, state: "stopped" } : turn)));
}

function stop(): void {
  running?.abort();
}

export function isBusy({ state }: Turn): boolean {
  return state === "waiting" || state === "thinking" || state === "writing";
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
  const collector = collect((part) => change(reply.id, (turn) => withPart(turn, part)));
  // A turn that failed said nothing the model could build on.
  const turns = asked.filter((turn, index) => turn.state !== "failed" && asked[index + 1]?.state !== "failed");
  try {
    await ask({ key, options, turns, signal: abort.signal, onPart: collector.take });
    collector.flush();
    change(reply.id, (turn) => ({ ...turn, state: "done" }));
  } catch (error) {
    collector.flush();
    const fault = faultOf(error);
    change(reply.id, (turn) => (abort.signal.aborted ? { ...turn, state: "stopped" } : { ...turn, state: "failed", fault }));
  }
}

export function useChat() {
  const turns = useStore(conversation);
  return {
    turns,
    busy: turns.some(isBusy),
    /** Asks a question; one that is written anew takes the place of the old one and all that followed. */
    send: (key: string, options: Options, text: string, attachments: readonly Attachment[]) => {
      const at = turns.findIndex((turn) => turn.id === edited.get()?.id);
      edited.set(undefined);
      return answer(key, options, [...(at < 0 ? turns : turns.slice(0, at)), make({ role: "user", state: "done", text, attachments })]);
    },
    /** Asks for the last answer anew. */
    again: (key: string, options: Options) => answer(key, options, turns.slice(0, turns.findLastIndex((turn) => turn.role === "user") + 1)),
    stop,
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

/**
 * Gathers what comes between two frames into one part: a fast model sends hundreds of tokens a second, and nobody sees more than a frame.
 * While the page is hidden nothing is drawn, and what came is there when it is seen again.
 */
export function collect(report: (part: Part) => void): { take: (part: Part) => void; flush: () => void } {
  let gathered: Part | undefined;
  const flush = () => {
    if (gathered) report(gathered);
    gathered = undefined;
  };
  return {
    take: (part) => {
      if (gathered === undefined) requestAnimationFrame(flush);
      gathered = joined(gathered ?? {}, part);
    },
    flush,
  };
}

function joined(one: Part, other: Part): Part {
  return {
    text: (one.text ?? "") + (other.text ?? ""),
    thoughts: (one.thoughts ?? "") + (other.thoughts ?? ""),
    images: [...(one.images ?? []), ...(other.images ?? [])],
    ...((other.stats ?? one.stats) && { stats: other.stats ?? one.stats }),
  } as Part;
}
