import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { settings as en } from "@/text/en/settings";
import { settings as zh } from "@/text/zh/settings";
import { fromPosition } from "@/ui/slider";
import { drawing } from "./drawings";
import { fields } from "./fields";
import { drafted, patchOf, type Settings, withDraft } from "./path";
import { worstCase } from "./worst-case";

interface Property {
  $ref?: string;
  type?: string;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  default?: unknown;
}

/** Every setting of the gateway's specification, by its path. */
function specified(definition = "Settings", path = ""): Map<string, Property> {
  const { definitions } = JSON.parse(readFileSync(join(import.meta.dirname, specFile), "utf8")) as {
    definitions: Record<string, { properties: Record<string, Property> }>;
  };
  const found = new Map<string, Property>();
  for (const [name, property] of Object.entries(definitions[definition]?.properties ?? {})) {
    const inner = property.$ref?.split("/").at(-1);
    if (!inner) found.set(`${path}${name}`, property);
    else for (const [key, value] of specified(inner, `${path}${name}.`)) found.set(key, value);
  }
  return found;
}
const specFile = "../../../../backend/internal/adminapi/spec/swagger.json";
const spec = specified();

function wordsAt(tree: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], tree);
}

describe("the table of settings", () => {
  it("has every setting of the gateway", () => {
    const shown = fields.flatMap((field) => (field.kind === "shares" ? [field.path, field.upper] : [field.path])) as string[];
    expect(shown.toSorted()).toEqual([...spec.keys()].toSorted());
  });

  it("takes the gateway's ranges, words and defaults", () => {
    for (const field of fields) {
      const wanted = spec.get(field.path);
      if (field.kind === "number") expect([field.path, field.least, field.most]).toEqual([field.path, wanted?.minimum, wanted?.maximum]);
      const paths: (readonly [string, unknown])[] = [
        [field.path, field.usual],
        ...(field.kind === "shares" ? [[field.upper, field.upperUsual] as const] : []),
      ];
      for (const [path, usual] of paths) expect([path, usual]).toEqual([path, spec.get(path)?.default ?? ""]);
      if (field.kind === "choice") expect([field.path, field.options]).toEqual([field.path, wanted?.enum ?? ["true", "false"]]);
    }
  });

  it("has words for every setting and option, and a drawing for every option", () => {
    for (const field of fields) {
      for (const texts of [zh.settings, en.settings]) {
        expect([field.path, typeof wordsAt(texts.field, `${field.path}.label`)]).toEqual([field.path, "string"]);
        if (field.kind !== "choice") continue;
        for (const option of field.options) {
          expect([option, typeof wordsAt(texts.field, `${field.path}.option.${option}.hint`)]).toEqual([option, "string"]);
          expect(drawing(field.path, option)).toHaveProperty("props.children");
        }
      }
    }
  });
});

const saved = {
  strategy: "adaptive",
  queue_wait: 10,
  max_key_attempts: 3,
  first_byte_timeout: 30,
  fast_failover: false,
  cleanup: { enabled: false, days: 3, min_checks_per_day: 5, interval: 86_400 },
} as Settings;

describe("a draft", () => {
  it("patches what it changes and no more", () => {
    const draft = drafted(saved, drafted(saved, {}, "cleanup.days", 7), "queue_wait", 0);
    expect(patchOf(draft)).toEqual({ cleanup: { days: 7 }, queue_wait: 0 });
    expect(withDraft(saved, draft).cleanup).toEqual({ ...saved.cleanup, days: 7 });
    expect(saved.cleanup.days).toBe(3);
  });

  it("is empty again when a value is put back", () => {
    expect(drafted(saved, drafted(saved, {}, "queue_wait", 0), "queue_wait", 10)).toEqual({});
  });
});

it("the worst case adds the queue, the timeouts and the pauses", () => {
  expect(worstCase(saved)).toEqual({ pauses: [1, 2], totalSeconds: 10 + 3 * 30 + 3 });
  expect(worstCase({ ...saved, fast_failover: true }).totalSeconds).toBe(100);
});

it("a slider reaches both ends and stops at round values", () => {
  expect([0, 1000].map((at) => fromPosition(at, 60, 86_400, 60))).toEqual([60, 86_400]);
  expect(fromPosition(0, -1, 32_768, 1)).toBe(-1);
  expect(fromPosition(500, 1, 3600, 1) % 1).toBe(0);
});
