import { expect, it } from "vitest";
import { mergeTexts, type TextKey, type Texts, translator } from "./translate";

const key = (name: string) => name as TextKey;
const texts: Texts = {
  a: { one: "一", keys_one: "{{count, number}} key", keys_other: "{{count, number}} keys" },
  hi: "你好，{{name}}（{{name}}）",
};

it("finds nested texts, fills their places, and shows the key where there is no text", () => {
  const t = translator(texts, "en");
  expect(t(key("a.one"))).toBe("一");
  expect(t(key("hi"), { name: "$&" })).toBe("你好，$&（$&）");
  expect(t(key("hi"), {})).toBe("你好，{{name}}（{{name}}）");
  expect([t(key("a")), t(key("a.one.more")), t(key("toString"))]).toEqual(["a", "a.one.more", "toString"]);
});

it("chooses the plural form by the language's rules, and groups numbers", () => {
  const t = translator(texts, "en");
  expect([1, 0, 12_345].map((count) => t(key("a.keys"), { count }))).toEqual(["1 key", "0 keys", "12,345 keys"]);
  expect(translator(texts, "zh-CN")(key("a.keys"), { count: 1 })).toBe("1 keys");
});

it("texts that come later join those that are there", () => {
  const all: Texts = { a: { x: "1" } };
  const t = translator(all, "en");
  const more = { a: { y: "2" }, b: { z: "3" } };
  mergeTexts(all, more);
  mergeTexts(all, { b: { w: "4" } });
  expect(["a.x", "a.y", "b.z", "b.w"].map((name) => t(key(name)))).toEqual(["1", "2", "3", "4"]);
  expect(more.b).toEqual({ z: "3" });
});
