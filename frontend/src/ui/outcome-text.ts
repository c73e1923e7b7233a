import type { TextFunction } from "@/text/translate";

/** The words of faults that end requests, as far as this page knows them. */
export const outcomes = [
  "dead_key",
  "misconfigured_key",
  "tier",
  "day_quota",
  "minute_quota",
  "bare_429",
  "transient",
  "unauthenticated",
  "empty",
  "malformed",
  "exit",
  "request",
  "client_gone",
  "no_key",
  "no_capacity",
  "timeout",
  "cut",
  "blocked",
  "model_not_found",
  "rate_limit_exceeded",
] as const;

/** Why a request failed for good, in a short sentence. */
export function outcomeText(t: TextFunction, outcome: string): string {
  const word = outcomes.find((one) => one === outcome);
  return word ? t(`outcome.${word}`) : t("outcome.other", { outcome });
}
