import type { Overview } from "@/api/types";

/** The model to show in sample code: today's most asked one, else the alias that always names a current model. */
export function snippetModel(overview: Overview | undefined): string {
  const used = overview?.models.filter((model) => model.requests_today > 0) ?? [];
  return used.toSorted((a, b) => b.requests_today - a.requests_today)[0]?.name ?? "gemini-flash-latest";
}
