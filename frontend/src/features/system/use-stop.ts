import { useEffect, useRef } from "react";

/** Lets one piece of work be stopped, by hand or because what it is for goes away. */
export function useStop(): { begin: () => AbortSignal; stop: () => void } {
  const running = useRef<AbortController>(undefined);
  const stop = () => running.current?.abort();
  useEffect(() => () => running.current?.abort(), []);
  return {
    begin: () => {
      running.current = new AbortController();
      return running.current.signal;
    },
    stop,
  };
}

/** Whether work ended because it was stopped. */
export function stopped(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
