import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { AuditEntry } from "@/api/types";
import { system as en } from "@/text/en/system";
import { mergeTexts, type Texts, translator } from "@/text/translate";
import { settings as zhSettings } from "@/text/zh/settings";
import { system as zh } from "@/text/zh/system";
import { changesOf, untold } from "./changes";

const texts: Texts = {};
for (const part of [zh, zhSettings]) mergeTexts(texts, part);
const t = translator(texts, "zh-CN");

function changes(before: unknown, after: unknown, action = "updateUserKey") {
  const entry = { id: 1, action, target: "/x/1", before, after } as unknown as AuditEntry;
  return changesOf(t, "zh-CN", entry);
}

describe("what an entry of the audit changed", () => {
  it("is told from what it was to what it is", () => {
    expect(changes({ rpm: 5, tpm: null, enabled: true }, { rpm: null, tpm: 250_000, enabled: false })).toEqual([
      { label: "RPM", before: "5", after: "无" },
      { label: "TPM", before: "无", after: "250,000" },
      { label: "启用", before: "是", after: "否" },
    ]);
  });

  it("takes a setting's name and unit from the settings page, and leaves out what stayed", () => {
    const cleanup = { enabled: false, days: 3, interval: 86_400 };
    expect(
      changes(
        { cleanup, queue_wait: 10, strategy: "adaptive", files: { total_bytes: 1024 * 1024 }, usage_threshold: { warn: 0.8 } },
        {
          cleanup: { ...cleanup, interval: 3600 },
          queue_wait: 0,
          strategy: "round_robin",
          files: { total_bytes: 0 },
          usage_threshold: { warn: 0.9 },
        },
      ),
    ).toEqual([
      { label: "清理间隔", before: "24 小时", after: "1 小时" },
      { label: "最长排队", before: "10 秒", after: "0 秒" },
      { label: "轮询策略", before: "自适应", after: "依次轮流" },
      { label: "全部文件的空间", before: "1 MiB", after: "0 B" },
      { label: "提醒线", before: "80%", after: "90%" },
    ]);
  });

  it("tells of a new thing what was set, and no more", () => {
    expect(changes(null, { name: "demo", note: "", enabled: true, rpm: null, models: [], networks: ["10.0.0.0/8", "::1"] })).toEqual([
      { label: "名称", after: "demo" },
      { label: "来源网段", after: "10.0.0.0/8、::1" },
    ]);
    expect(changes(null, { enabled: false })).toEqual([{ label: "启用", after: "否" }]);
    expect(changes(null, { bytes: 1536, include_usage: true })).toEqual([{ label: "大小", after: "1.5 KiB" }, { label: "带用量统计" }]);
    expect(changes(null, { gemini_keys: { added: 2, changed: 0, same: 3 }, models: { added: 0, changed: 0, same: 0 } })).toEqual([
      { label: "Gemini 密钥", after: "新增 2 个、不变 3 个" },
      { label: "模型", after: "0" },
    ]);
    expect(changes(null, null)).toEqual([]);
  });

  it("keeps the name of what is not known yet", () => {
    expect(changes({ brand_new: 1 }, { brand_new: 2 })).toEqual([{ label: "brand_new", before: "1", after: "2" }]);
  });
});

const backend = join(import.meta.dirname, "../../../../backend/internal");
const source = (path: string) => readFileSync(join(backend, path), "utf8");

/** The JSON names in a struct of the gateway. */
function fieldsOf(text: string, struct: string): string[] {
  const body = text.match(new RegExp(`type ${struct} struct \\{([\\s\\S]*?)\\n\\}`))?.[1];
  if (body === undefined) throw new Error(`there is no ${struct}`);
  return [...body.matchAll(/json:"(\w+)/g)].map(([, name = ""]) => name);
}

describe("the words of the audit", () => {
  it("are there for all that the gateway notes", () => {
    const noted = [
      ...["auditedKey", "auditedKeys", "auditedUserKey", "auditedRow", "auditedBulk"].map((struct) => ["adminapi/audited.go", struct]),
      ["adminapi/file.go", "auditedFile"],
      ["adminapi/backup.go", "auditedBackup"],
      ["adminapi/backup.go", "RestoreResult"],
      ["adminapi/user_key.go", "UserKeyLimits"],
      ["adminapi/bulk.go", "KeyFilterRequest"],
      ["upkeep/cleanup.go", "CleanedKeys"],
    ].flatMap(([path = "", struct = ""]) => fieldsOf(source(path), struct));
    expect(noted.length).toBeGreaterThan(40);
    for (const { system } of [zh, en]) {
      expect([...new Set(noted)].filter((name) => !(name in system.field) && !untold.has(name))).toEqual([]);
    }
  });

  it("are there for every operation that changes something", () => {
    const { paths } = JSON.parse(source("adminapi/spec/swagger.json")) as {
      paths: Record<string, Record<string, { operationId: string }>>;
    };
    const operations = Object.values(paths)
      .flatMap((methods) => Object.entries(methods))
      .filter(([method, { operationId }]) => method !== "get" && !["refresh", "trySymbolInjection"].includes(operationId))
      .map(([, { operationId }]) => operationId);
    for (const { system } of [zh, en]) expect(operations.toSorted()).toEqual(Object.keys(system.action).toSorted());
  });
});
