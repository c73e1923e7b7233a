import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { followLive } from "@/api/live";
import type { LiveCounters } from "@/api/types";

/** How often what traffic changes is read anew, at most. */
const trafficMs = 4_000;

/** What is to be read anew when the gateway says that something changed, by the first word of its query. */
const readAnew = {
  keys: ["gemini-keys", "overview"],
  user_keys: ["user-keys", "overview"],
  models: ["models", "overview"],
  settings: ["settings"],
  files: ["files"],
} as const;

/** Follows the gateway's events, and reads anew what they say has changed: what nobody touches is not asked for again and again. */
export function useLive(): void {
  const queries = useQueryClient();
  useEffect(() => {
    const refresh = (words: readonly string[]) => {
      for (const word of words) void queries.invalidateQueries({ queryKey: [word] });
    };
    let waiting: ReturnType<typeof setTimeout> | undefined;
    const onTraffic = () => {
      waiting ??= setTimeout(() => {
        waiting = undefined;
        refresh(["overview"]);
      }, trafficMs);
    };
    const stop = followLive({
      onCounters: (counters, before) => busy(counters, before) && onTraffic(),
      onChanged: (what) => refresh(what === undefined ? Object.values(readAnew).flat() : readAnew[what]),
    });
    return () => {
      clearTimeout(waiting);
      stop();
    };
  }, [queries]);
}

function busy(now: LiveCounters, before: LiveCounters | undefined): boolean {
  if (now.latest.requests > 0 || now.minute.requests > 0) return true;
  return before !== undefined && (before.minute.requests > 0 || JSON.stringify(before.keys) !== JSON.stringify(now.keys));
}
