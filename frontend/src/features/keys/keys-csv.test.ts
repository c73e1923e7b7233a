import { expect, it } from "vitest";
import type { GeminiKey } from "@/api/types";
import { keysCsv } from "./keys-csv";

it("writes what a spreadsheet reads, and nothing that it would run", () => {
  const key = { id: 7, masked: "AIza••••••7f3Q", name: "=cmd()", project: null, weight: 2, state: "healthy", note: 'a "b", c' };
  const [head, line] = keysCsv([key as GeminiKey]).split("\r\n");
  expect(head?.split(",").slice(0, 4)).toEqual(["id", "masked", "name", "project"]);
  expect(line).toMatch(/^7,AIza••••••7f3Q,'=cmd\(\),,2,healthy,/);
  expect(line).toMatch(/,"a ""b"", c"$/);
});
