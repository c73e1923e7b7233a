import type { UserKey, UserKeyPatch } from "@/api/types";
import type { TextRules } from "@/ui/form";

export const numberLimits = ["rpm", "tpm", "rpd", "monthly_tokens", "concurrency"] as const;
type NumberLimit = (typeof numberLimits)[number];

/** What the form of a user key holds, all of it text; an empty limit is none. */
export type UserKeyValues = Record<"name" | "note" | NumberLimit | "expires" | "models" | "networks", string>;

const number = { pattern: /^([1-9]\d{0,12})?$/ };

export const userKeyRules: TextRules<keyof UserKeyValues> = {
  name: { least: 1, most: 100 },
  note: { most: 1000 },
  rpm: number,
  tpm: number,
  rpd: number,
  monthly_tokens: number,
  concurrency: number,
  expires: {},
  models: { most: 2000 },
  networks: { most: 2000 },
};

/** What a form shows of a key; of a new one nothing is set. */
export function valuesOf(key?: UserKey): UserKeyValues {
  const text = (limit: number | null | undefined) => (limit ? String(limit) : "");
  return {
    name: key?.name ?? "",
    note: key?.note ?? "",
    rpm: text(key?.rpm),
    tpm: text(key?.tpm),
    rpd: text(key?.rpd),
    monthly_tokens: text(key?.monthly_tokens),
    concurrency: text(key?.concurrency),
    expires: key?.expires_at ? dayOf(new Date(key.expires_at)) : "",
    models: key?.models.join(", ") ?? "",
    networks: key?.networks.join(", ") ?? "",
  };
}

/** The same for the gateway. A key serves through the whole of its last day, where the operator is. */
export function patchOf(values: UserKeyValues): Required<Omit<UserKeyPatch, "enabled">> {
  const limit = (text: string) => (text === "" ? null : Number(text));
  return {
    name: values.name,
    note: values.note,
    rpm: limit(values.rpm),
    tpm: limit(values.tpm),
    rpd: limit(values.rpd),
    monthly_tokens: limit(values.monthly_tokens),
    concurrency: limit(values.concurrency),
    expires_at: values.expires === "" ? null : new Date(`${values.expires}T23:59:59`).toISOString(),
    models: words(values.models),
    networks: words(values.networks),
  };
}

/** Whether a key is bounded at all. */
export function isLimited(values: UserKeyValues): boolean {
  return [...numberLimits, "expires" as const, "models" as const, "networks" as const].some((name) => values[name] !== "");
}

function words(text: string): string[] {
  return text.split(/[\s,，、;；]+/).filter(Boolean);
}

function dayOf(at: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
