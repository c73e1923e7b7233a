import type { TextFunction } from "@/text/translate";

const known = [
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
  "timeout",
  "exit",
  "request",
  "client_gone",
  "operator",
  "ok",
] as const;

/** A verdict word in the reader's language; a word this page does not know is shown as it is. */
export function reasonText(t: TextFunction, reason: string | null): string {
  if (!reason) return t("reason.unknown");
  const word = known.find((one) => one === reason);
  return word ? t(`reason.${word}`) : reason;
}
