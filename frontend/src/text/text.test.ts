import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { en } from "./en";
import { zh } from "./zh";

type Tree = { readonly [key: string]: string | Tree };

/** Every text by its dotted key. */
function leaves(tree: Tree, path = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(tree)) {
    if (typeof value === "string") found.set(`${path}${name}`, value);
    else for (const [key, text] of leaves(value, `${path}${name}.`)) found.set(key, text);
  }
  return found;
}

const zhTexts = leaves(zh);
const enTexts = leaves(en);
const withoutPlural = (key: string) => key.replace(/_(?:one|other)$/, "");
const placeholders = (text: string) => [...text.matchAll(/\{\{(\w+)|<([ab])>/g)].map((match) => match[1] ?? match[2]).sort();

describe("the two languages", () => {
  it("have the same keys", () => {
    const keys = (texts: Map<string, string>) => [...new Set([...texts.keys()].map(withoutPlural))].sort();
    expect(keys(enTexts)).toEqual(keys(zhTexts));
  });

  it("have both plural forms in English", () => {
    const others = [...enTexts.keys()].filter((key) => key.endsWith("_other"));
    expect(others.filter((key) => !enTexts.has(key.replace(/_other$/, "_one")))).toEqual([]);
  });

  it("fill in the same values", () => {
    for (const [key, text] of zhTexts) {
      const other = enTexts.get(key);
      if (other !== undefined) expect([key, placeholders(other)]).toEqual([key, placeholders(text)]);
    }
  });

  it("put a space between Chinese and Latin letters or digits", () => {
    const tight = /\p{Script=Han}[A-Za-z0-9]|[A-Za-z0-9]\p{Script=Han}/u;
    expect([...zhTexts].filter(([, text]) => tight.test(text.replaceAll(/<\/?[ab]>|\{\{.*?\}\}/g, "")))).toEqual([]);
  });

  it("are used, all of them", () => {
    const sources = sourceFiles(join(import.meta.dirname, ".."));
    // A key made at run time, t(`state.${word}`), uses all texts under its fixed part.
    const families = [...sources.matchAll(/`([\w.]+\.)\$\{/g)].map((match) => match[1] ?? "");
    const unused = [...zhTexts.keys()].map(withoutPlural).filter((key) => {
      return !sources.includes(`"${key}"`) && !families.some((family) => key.startsWith(family) && !key.slice(family.length).includes("."));
    });
    expect(unused).toEqual([]);
  });
});

function sourceFiles(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /(?<!\.test|\.d)\.tsx?$/.test(name) && !/(?:zh|en)\.ts$/.test(name))
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("\n");
}
