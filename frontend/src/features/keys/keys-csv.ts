import type { GeminiKey } from "@/api/types";

const columns = [
  "id",
  "masked",
  "name",
  "project",
  "weight",
  "state",
  "requests_today",
  "success_rate",
  "latency_seconds",
  "last_used_at",
  "created_at",
  "note",
] as const satisfies readonly (keyof GeminiKey)[];

/** The keys as a table for a spreadsheet, masked as everywhere. */
export function keysCsv(keys: readonly GeminiKey[]): string {
  const lines = keys.map((key) => columns.map((column) => cell(key[column])).join(","));
  return [columns.join(","), ...lines].join("\r\n");
}

/** A text that a spreadsheet would run as a formula is given a quote in front. */
function cell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
