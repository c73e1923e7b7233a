import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { loadConfig } from "@/api/config";
import type { UserKey } from "@/api/types";
import { loadText, startText } from "@/text/i18n";
import { UserKeyDialogs, type UserKeyTask } from "./user-key-dialogs";

const key = {
  id: 3,
  name: "laptop",
  note: "",
  version: "v1",
  enabled: true,
  expires_at: null,
  models: [],
  networks: [],
} as unknown as UserKey;
const problem = (status: number, code: string) =>
  new Response(JSON.stringify({ status, code, detail: "no" }), { status, headers: { "Content-Type": "application/problem+json" } });

let root: Root;
let asked: Request[];
let answer: () => Response;
let closed: number;

beforeEach(async () => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  asked = [];
  closed = 0;
  vi.stubGlobal("fetch", async (request: Request | string) => {
    if (typeof request === "string")
      return new Response('{"apiBaseUrl":"http://localhost"}', { headers: { "Content-Type": "application/json" } });
    asked.push(request);
    return answer();
  });
  await loadConfig();
  await startText();
  await loadText("keys");
  const host = document.createElement("div");
  document.body.append(host);
  root = createRoot(host);
});

afterEach(async () => {
  await act(async () => root.unmount());
  vi.unstubAllGlobals();
});

async function open(kind: UserKeyTask["kind"]) {
  await act(async () =>
    root.render(
      <QueryClientProvider client={new QueryClient()}>
        <UserKeyDialogs task={{ kind, key }} onClose={() => (closed += 1)} />
      </QueryClientProvider>,
    ),
  );
}

async function press(label: string) {
  const button = [...document.querySelectorAll("button")].find((one) => one.textContent === label);
  if (!button) throw new Error(`no button ${label}`);
  await act(async () => button.click());
  await vi.waitFor(() => expect(document.querySelector("[aria-busy=true]")).toBeNull());
}

const told = () => document.querySelector("[role=dialog] [role=alert]")?.textContent;

it("saves on the version it began with, says when somebody was quicker, and then lets the last word hold", async () => {
  await open("edit");
  answer = () => problem(412, "version_conflict");
  await press("保存");
  expect(asked[0]?.headers.get("If-Match")).toBe('"v1"');
  expect(told()).toContain("刚有人改过这个密钥");
  expect(closed).toBe(0);
  answer = () => new Response(JSON.stringify(key), { headers: { "Content-Type": "application/json" } });
  await press("保存");
  expect(asked.findLast((request) => request.method === "PATCH")?.headers.get("If-Match")).toBeNull();
  expect(closed).toBe(1);
});

it.each([
  ["edit", "保存"],
  ["rotate", "更换"],
  ["delete", "删除"],
] as const)("says in the dialog why it could not %s, and stays open for another try", async (kind, label) => {
  await open(kind);
  answer = () => problem(503, "database_unavailable");
  await press(label);
  expect(told()).toContain("数据库暂时不可用");
  expect(closed).toBe(0);
});
