import type { TextFunction } from "@/text/translate";

const length = /has (\d+) characters, this has (\d+)/;

/** Why a piece of text is no key, in the reader's language; what the gateway says in other words is shown as it is. */
export function reasonWords(t: TextFunction, reason: string): string {
  if (/user key/.test(reason)) return t("import.reason.userKey");
  if (/too short/.test(reason)) return t("import.reason.tooShort");
  if (/longer than/.test(reason)) return t("import.reason.tooLong");
  const [, whole, found] = length.exec(reason) ?? [];
  return whole && found ? t("import.reason.length", { whole, found }) : reason;
}
