import { apiBaseUrl } from "./config";
import { Unreachable } from "./problem";
import { Store } from "./store";

/** Whether the gateway answers: "waking" while a first answer is late, "down" after a failure, with the time of the next try. */
export type Connection = { state: "up" } | { state: "waking" } | { state: "down"; retriedAt: number; everySeconds: number };

const up: Connection = { state: "up" };
/** A sleeping free host holds the request until it has started; a healthy one answers far sooner than this. */
const lateAfterMs = 3_000;
const requestTimeoutMs = 90_000;
/** The gateway's own bound for a backup, and a little more. */
const slowTimeoutMs = 310_000;
const retryEverySeconds = [2, 3, 5, 8, 15];

export const connection = new Store<Connection>(up);

let retryTimer: ReturnType<typeof setTimeout> | undefined;
let tries = 0;

export interface Reach {
  /** Whether the answer may go on for as long as it likes, once it has begun. */
  endless?: boolean;
  /** Whether it may take its time to begin: the work is large, and nobody is asleep. */
  slow?: boolean;
}

/** Fetches like fetch, and keeps the connection's state. Throws Unreachable when no answer of the gateway itself came back. */
export async function reach(request: Request, { endless = false, slow = false }: Reach = {}): Promise<Response> {
  const late = setTimeout(() => {
    if (!slow && connection.get().state === "up") connection.set({ state: "waking" });
  }, lateAfterMs);
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), slow ? slowTimeoutMs : requestTimeoutMs);
  try {
    const response = await fetch(request, { signal: AbortSignal.any([request.signal, timeout.signal]) });
    if (endless) clearTimeout(timer);
    if (isHostAnswer(response)) throw new Unreachable(`the host answered ${response.status}`);
    markUp();
    return response;
  } catch (error) {
    if (request.signal.aborted) {
      throw error;
    }
    clearTimeout(timer);
    markDown();
    throw error instanceof Unreachable ? error : new Unreachable("no answer", { cause: error });
  } finally {
    clearTimeout(late);
  }
}

/** Tries the gateway's health at once, instead of waiting for the next turn. */
export async function retryNow(): Promise<void> {
  clearTimeout(retryTimer);
  tries += 1;
  try {
    const response = await reach(new Request(`${apiBaseUrl()}/health`, { cache: "no-store" }));
    await response.text(); // an answer that is not read holds its connection
  } catch {
    // markDown has planned the next try.
  }
}

/** Tries at once when the network is back, or when somebody looks again: timers sleep in a hidden tab. */
function retryEarly(): void {
  if (connection.get().state === "down" && !document.hidden) void retryNow();
}

window.addEventListener("online", retryEarly);
document.addEventListener("visibilitychange", retryEarly);

/** A proxy in front of a gateway that is starting answers 502, 503 or 504 with a page; the gateway's own errors are JSON. */
function isHostAnswer(response: Response): boolean {
  const type = response.headers.get("Content-Type") ?? "";
  return [502, 503, 504].includes(response.status) && !type.includes("json");
}

function markUp(): void {
  clearTimeout(retryTimer);
  tries = 0;
  connection.set(up);
}

function markDown(): void {
  clearTimeout(retryTimer);
  const everySeconds = retryEverySeconds[Math.min(tries, retryEverySeconds.length - 1)] ?? 15;
  connection.set({ state: "down", retriedAt: Date.now(), everySeconds });
  retryTimer = setTimeout(() => void retryNow(), everySeconds * 1000);
}
