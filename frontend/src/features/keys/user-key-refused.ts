import { Problem } from "@/api/problem";
import type { TextForm } from "@/ui/form";
import type { UserKeyValues } from "./user-key-values";

const fields: Readonly<Record<string, keyof UserKeyValues>> = {
  name: "name",
  note: "note",
  rpm: "rpm",
  tpm: "tpm",
  rpd: "rpd",
  monthly_tokens: "monthly_tokens",
  concurrency: "concurrency",
  expires_at: "expires",
  models: "models",
  networks: "networks",
};

/** Shows what the gateway refused beside its field; false where it named none. */
export function showRefused(
  form: TextForm<keyof UserKeyValues>,
  error: unknown,
  words: (error: unknown, field: keyof UserKeyValues) => string,
): boolean {
  const [named] = error instanceof Problem ? (error.field?.split(/[.[]/) ?? []) : [];
  const field = named === undefined ? undefined : fields[named];
  if (!field) return false;
  form.setError(field, { message: words(error, field) });
  form.setFocus(field);
  return true;
}
