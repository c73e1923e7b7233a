import type { Tokens } from "./types";

/** What the tabs of one browser tell each other about a session. Nothing of it is ever stored. */
export type TabMessage =
  /** A tab that was just opened asks whether another is logged in. */
  | { kind: "ask" }
  /** The session goes on with new tokens; `after` is the refresh token they replace, absent in an answer to "ask". */
  | { kind: "tokens"; after?: string; tokens: Tokens }
  /** Somebody logged in; tabs whose session ran out go on with these. */
  | { kind: "renewed"; tokens: Tokens }
  /** The session that had this refresh token is over: by hand, or refused by the gateway. */
  | { kind: "ended"; token: string; byHand: boolean };

const channel = typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel("session");

/** Tells the other tabs of this origin; it does not come back to this one. */
export function tellTabs(message: TabMessage): void {
  channel?.postMessage(message);
}

/** Hears the other tabs from now on. */
export function hearTabs(listener: (message: TabMessage) => void): void {
  channel?.addEventListener("message", (event: MessageEvent<TabMessage>) => listener(event.data));
}

/**
 * Runs a task while no other tab runs one, because a refresh token used by two tabs at once looks stolen. Where the browser has
 * no locks (plain http off localhost), the gateway's short grace for one browser must do.
 */
export function alone<T>(task: () => Promise<T>): Promise<T> {
  if (typeof navigator === "undefined" || !navigator.locks) return task();
  return navigator.locks.request("session", task) as Promise<T>;
}
