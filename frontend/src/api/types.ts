import type { components, operations } from "./schema";

type Schemas = components["schemas"];

export type Tokens = Schemas["Tokens"];
export type GeminiKey = Schemas["GeminiKey"];
export type KeyDay = Schemas["KeyDay"];
export type KeyError = Schemas["KeyError"];
export type KeyModel = Schemas["KeyModel"];
export type GeminiKeyDetails = Schemas["GeminiKeyDetails"];
export type GeminiKeyPatch = Schemas["GeminiKeyPatch"];
export type GeminiKeySort = NonNullable<NonNullable<operations["listGeminiKeys"]["parameters"]["query"]>["sort"]>;
export type GeminiKeyList = Schemas["GeminiKeyList"];
export type ImportResult = Schemas["ImportResult"];
export type CheckProgress = Schemas["CheckProgress"];
export type CheckSummary = Schemas["CheckSummary"];
export type SearchProgress = Schemas["SearchProgress"];
export type SearchResult = Schemas["SearchResult"];
export type BulkRequest = Schemas["BulkRequest"];
export type BulkResult = Schemas["BulkResult"];
export type CheckResult = Schemas["CheckResult"];
export type UserKey = Schemas["UserKey"];
export type UserKeyList = Schemas["UserKeyList"];
export type UserKeyRequest = Schemas["UserKeyRequest"];
export type UserKeyPatch = Schemas["UserKeyPatch"];
export type NewUserKey = Schemas["NewUserKey"];
export type Overview = Schemas["Overview"];
export type Project = Schemas["Project"];
export type Quota = Schemas["Quota"];
export type ModelQuota = Schemas["ModelQuota"];
export type AttentionKey = Schemas["AttentionKey"];
export type Model = Schemas["Model"];
export type ModelRequest = Schemas["ModelRequest"];
export type ModelSync = Schemas["ModelSync"];
export type Settings = Schemas["Settings"];
export type RequestRecord = Schemas["RequestRecord"];
export type RequestDetail = Schemas["RequestDetail"];
export type Attempt = Schemas["Attempt"];
export type RestoreResult = Schemas["RestoreResult"];
export type RestoreCounts = Schemas["RestoreCounts"];
export type File = Schemas["File"];
export type FileCopy = Schemas["FileCopy"];
export type FileList = Schemas["FileList"];
export type CleanupPlan = Schemas["CleanupPlan"];
export type CleanupKey = Schemas["CleanupKey"];
export type OpenSession = Schemas["OpenSession"];
export type Replica = Schemas["Replica"];
export type AuditEntry = Schemas["AuditEntry"];
export type LiveCounters = Schemas["LiveCounters"];
export type LiveChange = Schemas["LiveChange"];
export type Timeseries = Schemas["Timeseries"];

/** The states a Gemini key can be in, in the order the page lists them. */
export const keyStates = ["healthy", "resting", "failing", "unknown", "disabled"] as const;
export type KeyState = (typeof keyStates)[number];

/** Reads a state word from the wire; a word this page does not know yet counts as unknown. */
export function keyState(word: string): KeyState {
  return (keyStates as readonly string[]).includes(word) ? (word as KeyState) : "unknown";
}

/** How far an import is: the data of its event "progress". */
export interface ImportProgress {
  done: number;
  total: number;
  added: number;
  duplicates: number;
  invalid: number;
}
