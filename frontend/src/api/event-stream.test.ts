import { expect, it } from "vitest";
import { readEvents } from "./event-stream";

async function eventsOf(...chunks: string[]) {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(encoder.encode(chunk));
      controller.close();
    },
  });
  const events = [];
  for await (const event of readEvents(new Response(body))) events.push(event);
  return events;
}

it("puts together what came in pieces", async () => {
  expect(await eventsOf("event: prog", 'ress\ndata: {"done"', ":3}\n", '\nevent: result\ndata: {"done":4}\n\n')).toEqual([
    { event: "progress", data: { done: 3 } },
    { event: "result", data: { done: 4 } },
  ]);
});

it("passes over comments, and reads lines that end in CRLF", async () => {
  expect(await eventsOf(": nothing new\n\n", 'event: end\r\ndata: {"reason":"stopping"}\r\n\r\n')).toEqual([
    { event: "end", data: { reason: "stopping" } },
  ]);
});

it("reads an event that the stream's end completes", async () => {
  expect(await eventsOf('data: {"a":1}')).toEqual([{ event: "message", data: { a: 1 } }]);
});

it("ends the stream when its reader stops", async () => {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new TextEncoder().encode("data: 1\n\n")),
    cancel: () => {
      cancelled = true;
    },
  });
  for await (const _ of readEvents(new Response(body))) break;
  expect(cancelled).toBe(true);
});
