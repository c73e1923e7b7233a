import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { en } from "./en";
import { zh } from "./zh";

const parts = import.meta.glob<Record<string, Tree>>(["./zh/*.ts", "./en/*.ts"], { eager: true });

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

/** The text that belongs to pages, by the name of its file. */
const pageTexts = (language: string): Map<string, Tree> =>
  new Map(
    Object.entries(parts)
      .filter(([path]) => path.startsWith(`./${language}/`))
      .map(([path, file]) => [path.slice(5, -3), file[path.slice(5, -3)] ?? {}]),
  );
const whole = (core: Tree, language: string) => leaves(Object.assign({}, core, ...pageTexts(language).values()) as Tree);
const zhTexts = whole(zh, "zh");
const enTexts = whole(en, "en");
const sources = join(import.meta.dirname, "..");
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

  /** Who reads another page's words has the router load them, too. */
  const shared: Record<string, string> = { settings: "features/system/changes.ts" };

  it("give each page its own file, read by no other", () => {
    expect(readFileSync(join(sources, "app/router.tsx"), "utf8")).toContain('import("@/features/system/system-page"), "settings")');
    const strangers = [...pageTexts("zh")].flatMap(([page, texts]) => {
      const names = Object.keys(texts).join("|");
      const use = new RegExp(`["\`](?:${names})\\.`);
      return readdirSync(sources, { recursive: true, encoding: "utf8" })
        .filter(
          (name) =>
            /\.tsx?$/.test(name) &&
            !name.startsWith(`features/${page}/`) &&
            name !== shared[page] &&
            !name.startsWith(`app/${page}`) &&
            !name.endsWith(`/${page}.tsx`) &&
            !name.startsWith("text/"),
        )
        .filter((name) => use.test(readFileSync(join(sources, name), "utf8")));
    });
    expect(strangers).toEqual([]);
  });

  it("are used, all of them", () => {
    const code = sourceFiles(sources);
    // A key made at run time, t(`state.${word}`), uses every text that fits it.
    const families = [...code.matchAll(/`(\w+\.(?:[\w.]|\$\{[^}]*\})*)`/g)].map(
      ([, made = ""]) => new RegExp(`^${made.replaceAll(".", "\\.").replaceAll(/\$\{[^}]*\}/g, ".+")}$`),
    );
    const unused = [...zhTexts.keys()].map(withoutPlural).filter((key) => {
      return !code.includes(`"${key}"`) && !families.some((family) => family.test(key));
    });
    expect(unused).toEqual([]);
  });
});

function sourceFiles(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /(?<!\.test|\.d)\.tsx?$/.test(name) && !/^text\/(?:zh|en)\b/.test(name))
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("\n");
}
