import { useEffect, useRef, useState } from "react";
import { ask, type Part, type Picture, type Turn } from "./chat";

interface Send {
  key: string;
  model: string;
  thoughts: boolean;
  text: string;
  pictures: readonly Picture[];
}

/** A conversation that lives as long as the page; nothing of it is stored. */
export function useChat() {
  const [turns, setTurns] = useState<readonly Turn[]>([]);
  const running = useRef<AbortController>(undefined);
  const lastId = useRef(0);
  useEffect(() => () => running.current?.abort(), []);
  const change = (id: number, next: (turn: Turn) => Turn) => setTurns((now) => now.map((turn) => (turn.id === id ? next(turn) : turn)));

  const send = async ({ key, model, thoughts, text, pictures }: Send) => {
    const make = (turn: Pick<Turn, "role" | "text" | "pictures" | "state">): Turn => {
      lastId.current += 1;
      return { id: lastId.current, thoughts: "", ...turn };
    };
    const question = make({ role: "user", text, pictures, state: "done" });
    const answer = make({ role: "assistant", text: "", pictures: [], state: "waiting" });
    // A turn that failed said nothing the model could build on.
    const before = turns.filter((turn, index) => turn.state !== "failed" && turns[index + 1]?.state !== "failed");
    setTurns([...turns, question, answer]);
    const abort = new AbortController();
    running.current = abort;
    try {
      const onPart = (part: Part) => change(answer.id, (turn) => withPart(turn, part));
      await ask({ key, model, thoughts, turns: [...before, question], signal: abort.signal, onPart });
      change(answer.id, (turn) => ({ ...turn, state: "done" }));
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error);
      change(answer.id, (turn) => (abort.signal.aborted ? { ...turn, state: "stopped" } : { ...turn, state: "failed", fault }));
    }
  };
  return {
    turns,
    busy: turns.some((turn) => turn.state === "waiting" || turn.state === "thinking" || turn.state === "writing"),
    send,
    stop: () => running.current?.abort(),
    clear: () => {
      running.current?.abort();
      setTurns([]);
    },
  };
}

/** An answer with one more part of it. */
export function withPart(turn: Turn, { text = "", thoughts = "", stats }: Part): Turn {
  const state = text ? "writing" : thoughts ? "thinking" : turn.state;
  return { ...turn, state, text: turn.text + text, thoughts: turn.thoughts + thoughts, ...(stats && { stats }) };
}
