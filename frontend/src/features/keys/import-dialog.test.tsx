import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { loadConfig } from "@/api/config";
import { loadText, startText } from "@/text/i18n";
import { ImportDialog } from "./import-dialog";

const wholeKey = "AIzaSy-FAKE-0001-000000000000000000000";
let previews: string[];
let root: Root;

beforeEach(async () => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
  previews = [];
  vi.stubGlobal("fetch", async (request: Request | string) => {
    const json = (body: unknown) => new Response(JSON.stringify(body), { headers: { "Content-Type": "application/json" } });
    if (typeof request === "string") return json({ apiBaseUrl: "http://localhost" });
    if (!request.url.endsWith("/import")) return json({ items: [], total: 0 });
    previews.push(((await request.json()) as { text: string }).text);
    return json({
      added: [],
      duplicates: [],
      invalid: [{ text: "AIza••••••0000", reason: "too short" }],
      added_total: 0,
      duplicates_total: 0,
      invalid_total: 1,
      dry_run: true,
    });
  });
  await loadConfig();
  await startText();
  await loadText("keys");
  vi.useFakeTimers();
  const host = document.createElement("div");
  document.body.append(host);
  root = createRoot(host);
  await act(async () => {
    root.render(
      <QueryClientProvider client={new QueryClient()}>
        <ImportDialog onClose={() => undefined} onImported={() => undefined} />
      </QueryClientProvider>,
    );
  });
});

afterEach(async () => {
  await act(async () => root.unmount());
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Lets time pass, and then what it set off come to rest. */
async function pass(milliseconds: number) {
  await act(() => vi.advanceTimersByTimeAsync(milliseconds));
  await act(() => vi.advanceTimersByTimeAsync(0));
}

async function paste(text: string) {
  const area = document.querySelector("textarea");
  if (!area) throw new Error("no field to paste into");
  const event = new Event("paste", { bubbles: true, cancelable: true });
  Object.assign(event, { clipboardData: { getData: () => text } });
  await act(async () => {
    area.dispatchEvent(event);
  });
}

it("asks for a preview once, when the pasting has paused", async () => {
  await paste(wholeKey);
  await pass(200);
  await paste("AIzaSy-FAKE-0002");
  await pass(200);
  expect(previews).toEqual([]);
  await pass(150);
  expect(previews).toEqual([`${wholeKey}\nAIzaSy-FAKE-0002`]);
});

it("never leaves a pasted key readable on the page", async () => {
  await paste(wholeKey);
  await pass(1_000);
  expect(document.querySelector("textarea")?.value).toBe("");
  expect(document.body.innerHTML).not.toContain(wholeKey);
  expect(document.body.textContent).toContain("AIza••••••0000");
});
