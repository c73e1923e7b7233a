import { authorizedFetch } from "./client";
import { apiBaseUrl } from "./config";
import { readEvents } from "./event-stream";
import { Problem } from "./problem";
import { Store } from "./store";
import type { LiveChange, LiveCounters } from "./types";

/** What goes on at this moment; undefined while the gateway does not tell. */
export const live = new Store<LiveCounters | undefined>(undefined);

const againAfterMs = [1_000, 2_000, 5_000, 10_000, 15_000];

interface Listener {
  onCounters: (counters: LiveCounters, before: LiveCounters | undefined) => void;
  /** Called with undefined when events may have been missed. */
  onChanged: (what: LiveChange["what"] | undefined) => void;
}

/** Follows the gateway's events while the page is visible, and takes them up again when they break off. Returns what ends it. */
export function followLive(listener: Listener): () => void {
  const ended = new AbortController();
  let current = new AbortController();
  const onVisibility = () => current.abort();
  document.addEventListener("visibilitychange", onVisibility);
  void (async () => {
    let failures = 0;
    let missed = false;
    while (!ended.signal.aborted) {
      current = new AbortController();
      const signal = AbortSignal.any([current.signal, ended.signal]);
      if (document.hidden) {
        await aborted(signal);
        continue;
      }
      try {
        await follow(signal, listener, () => {
          failures = 0;
          if (missed) listener.onChanged(undefined);
        });
      } catch (error) {
        if (!signal.aborted) failures += 1;
        // A session that ended is asked for anew by whatever else the page reads.
        if (error instanceof Problem && error.status === 401) failures = againAfterMs.length;
      }
      live.set(undefined);
      missed = true;
      if (!signal.aborted) await aborted(signal, againAfterMs[Math.min(failures, againAfterMs.length - 1)]);
    }
  })();
  return () => {
    document.removeEventListener("visibilitychange", onVisibility);
    ended.abort();
  };
}

async function follow(signal: AbortSignal, listener: Listener, onOpen: () => void): Promise<void> {
  const request = new Request(`${apiBaseUrl()}/admin/v1/events`, { headers: { Accept: "text/event-stream" }, signal });
  const response = await authorizedFetch(request, { endless: true });
  onOpen();
  for await (const { event, data } of readEvents(response)) {
    if (event === "counters") {
      const before = live.get();
      live.set(data as LiveCounters);
      listener.onCounters(data as LiveCounters, before);
    }
    if (event === "changed") listener.onChanged((data as LiveChange).what);
    if (event === "end") return;
  }
}

/** Waits for the signal, at most for a while. */
function aborted(signal: AbortSignal, atMostMs?: number): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) return done();
    const timer = atMostMs === undefined ? undefined : setTimeout(done, atMostMs);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      done();
    });
  });
}
