import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { loadConfig } from "./config";
import { followLive, live } from "./live";

interface Stream {
  send(event: string, data: unknown): void;
  close(): void;
  signal: AbortSignal;
}

let streams: Stream[];
let heard: (string | undefined)[];
let stop: () => void;

beforeEach(async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response('{"apiBaseUrl":"http://localhost"}')));
  await loadConfig();
  vi.useFakeTimers();
  streams = [];
  heard = [];
  vi.stubGlobal("fetch", (_: Request, { signal }: { signal: AbortSignal }) => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        signal.addEventListener("abort", () => controller.error(signal.reason));
        streams.push({
          signal,
          send: (event, data) => controller.enqueue(new TextEncoder().encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)),
          close: () => controller.close(),
        });
      },
    });
    return Promise.resolve(new Response(body));
  });
  stop = followLive({ onCounters: () => heard.push("counters"), onChanged: (what) => heard.push(what) });
  await pass(0);
});

afterEach(() => {
  stop();
  vi.unstubAllGlobals();
  vi.useRealTimers();
  show(true);
});

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

function show(visible: boolean) {
  Object.defineProperty(document, "hidden", { configurable: true, value: !visible });
  document.dispatchEvent(new Event("visibilitychange"));
}

it("tells what comes, and connects again when the stream ends", async () => {
  streams[0]?.send("counters", { in_flight: 3 });
  streams[0]?.send("changed", { what: "keys" });
  await pass(0);
  expect(live.get()).toEqual({ in_flight: 3 });
  expect(heard).toEqual(["counters", "keys"]);
  streams[0]?.close();
  await pass(0);
  expect(live.get()).toBeUndefined();
  await pass(1_000);
  expect(streams).toHaveLength(2);
  expect(heard, "what was missed is unknown").toEqual(["counters", "keys", undefined]);
});

it("lets go while nobody looks", async () => {
  show(false);
  await pass(0);
  expect(streams[0]?.signal.aborted).toBe(true);
  await pass(600_000);
  expect(streams).toHaveLength(1);
  show(true);
  await pass(0);
  expect(streams).toHaveLength(2);
});

it("ends when nobody follows", async () => {
  stop();
  await pass(60_000);
  expect(streams[0]?.signal.aborted).toBe(true);
  expect(streams).toHaveLength(1);
});
