import { expect, it } from "vitest";
import { settings as en } from "@/text/en/settings";
import { mergeTexts, type Texts, translator } from "@/text/translate";
import { settings as zh } from "@/text/zh/settings";
import { findSettings } from "./find";

function words(part: Texts) {
  const texts: Texts = {};
  mergeTexts(texts, part);
  return texts;
}
const chinese = translator(words(zh), "zh-CN");
const english = translator(words(en), "en");

it("finds a setting by the words of either language and of the API", () => {
  const paths = (search: string) => findSettings(chinese, search, english).map((field) => field.path);
  expect(paths("最长排队")).toEqual(["queue_wait"]);
  expect(paths("longest wait")).toEqual(["queue_wait"]);
  expect(paths("queue_wait")).toEqual(["queue_wait"]);
  expect(paths("保留 day")).toEqual([]);
  expect(paths("no such words")).toEqual([]);
});

it("finds by one language alone until the other is there", () => {
  expect(findSettings(chinese, "longest wait")).toEqual([]);
});
