import { expect, it } from "vitest";
import type { UserKey } from "@/api/types";
import { checkTexts } from "@/ui/form";
import { isLimited, patchOf, userKeyRules, valuesOf } from "./user-key-values";

const key = {
  name: "laptop",
  note: "",
  rpm: 60,
  tpm: null,
  rpd: 5000,
  monthly_tokens: null,
  concurrency: null,
  expires_at: new Date(2027, 0, 1, 23, 59, 59).toISOString(),
  models: ["gemini-*-flash", "gemini-4-neon"],
  networks: [],
} as unknown as UserKey;

it("shows a key's limits, and gives the same back", () => {
  const values = valuesOf(key);
  expect(values).toMatchObject({ rpm: "60", tpm: "", expires: "2027-01-01", models: "gemini-*-flash, gemini-4-neon" });
  expect(patchOf(values)).toMatchObject({ rpm: 60, tpm: null, rpd: 5000, expires_at: key.expires_at, models: key.models, networks: [] });
});

it("takes lists as people type them", () => {
  expect(patchOf({ ...valuesOf(), networks: "203.0.113.0/24，10.0.0.1\n ::1" }).networks).toEqual(["203.0.113.0/24", "10.0.0.1", "::1"]);
});

it("refuses what is no number, and takes none for no limit", () => {
  const bad = { ...valuesOf(), name: "x", rpm: "0", tpm: "1.5", rpd: "-1", concurrency: "ten", monthly_tokens: "" };
  expect(Object.keys(checkTexts(userKeyRules, bad).errors)).toEqual(["rpm", "tpm", "rpd", "concurrency"]);
  expect(isLimited(valuesOf())).toBe(false);
  expect(isLimited(valuesOf(key))).toBe(true);
});
