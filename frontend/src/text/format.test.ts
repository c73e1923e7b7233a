import { describe, expect, it } from "vitest";
import { ago, bytes, date, duration, elapsedShare, percent, secondsFigure, short, shortText, span, whole } from "./format";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

describe("numbers", () => {
  it.each([
    [0, "0"],
    [9_999, "9,999"],
    [48_213, "48,213"],
  ])("groups %d", (value, text) => expect(whole(value)).toBe(text));

  it.each([
    [9_999, "9,999", "9,999"],
    [10_000, "1 万", "10k"],
    [412_345, "41.2 万", "412k"],
    [999_949, "100 万", "1,000k"],
    [999_950, "100 万", "1M"],
    [31_640_000, "3,164 万", "31.6M"],
    [99_999_999, "10,000 万", "100M"],
    [100_000_000, "1 亿", "100M"],
    [2_340_000_000, "23.4 亿", "2.3B"],
  ])("shortens %d", (value, zh, en) => {
    expect(shortText(value, "zh-CN")).toBe(zh);
    expect(shortText(value, "en")).toBe(en);
  });

  it("gives figure and unit apart", () => expect(short(31_640_000, "zh-CN")).toEqual({ figure: "3,164", unit: "万" }));

  it.each([
    [1, "100"],
    [0.99996, "99.99"],
    [0.9962, "99.62"],
    [0.5, "50"],
    [0, "0"],
  ])("shows %d as percent, and 100 for a true 1 alone", (share, text) => expect(percent(share, 2)).toBe(text));

  it.each([
    [0, "0.00"],
    [0.004, "<0.01"],
    [0.842, "0.84"],
    [60, "60.0"],
    [123.4, "123"],
  ])("writes %d seconds", (value, text) => expect(secondsFigure(value)).toBe(text));
});

describe("times", () => {
  it.each([
    [0, "0 秒", "0 s"],
    [37.2 * second, "38 秒", "38 s"],
    [89 * second, "89 秒", "89 s"],
    [11.5 * minute, "12 分钟", "12 min"],
    [3 * hour, "3 小时", "3 h"],
    [3 * hour + 20 * minute, "3 小时 20 分", "3 h 20 min"],
    [50 * hour, "2 天", "2 d"],
    [-5 * second, "0 秒", "0 s"],
  ])("counts down %d ms", (left, zh, en) => {
    expect(span(left, "zh-CN")).toBe(zh);
    expect(span(left, "en")).toBe(en);
  });

  it.each([
    [2 * second, "刚刚", "just now"],
    [22.9 * second, "22 秒前", "22 s ago"],
    [3.9 * minute, "3 分钟前", "3 min ago"],
    [26 * hour, "26 小时前", "26 h ago"],
  ])("tells how long ago %d ms is", (passed, zh, en) => {
    const now = Date.parse("2026-11-23T08:00:00Z");
    const moment = new Date(now - passed).toISOString();
    expect(ago(moment, now, "zh-CN")).toBe(zh);
    expect(ago(moment, now, "en")).toBe(en);
  });

  it("leaves the year out within the year", () => {
    const now = Date.parse("2026-11-23T12:00:00Z");
    expect(date("2026-09-03T12:00:00Z", now, "zh-CN")).toBe("9 月 3 日");
    expect(date("2025-09-03T12:00:00Z", now, "zh-CN")).toBe("2025 年 9 月 3 日");
    expect(date("2025-09-03T12:00:00Z", now, "en")).toBe("3 Sept 2025");
  });

  it("says how much of a rest is over, within 0 and 1", () => {
    const [since, until] = ["2026-11-23T08:00:00Z", "2026-11-23T08:01:00Z"];
    expect(elapsedShare(since, until, Date.parse("2026-11-23T08:00:15Z"))).toBe(0.25);
    expect(elapsedShare(since, until, Date.parse("2026-11-23T07:00:00Z"))).toBe(0);
    expect(elapsedShare(since, until, Date.parse("2026-11-23T09:00:00Z"))).toBe(1);
    expect(elapsedShare(until, since, 0)).toBe(1);
  });
});

describe("a duration", () => {
  it("is in milliseconds below a second", () => {
    expect([0, 0.004, 0.182, 0.9999, 1.46, 12.34].map((seconds) => duration(seconds, "zh-CN"))).toEqual([
      "0",
      "4 毫秒",
      "182 毫秒",
      "1 秒",
      "1.46 秒",
      "12.3 秒",
    ]);
    expect([0.5, 59.96, 120].map((seconds) => duration(seconds, "en"))).toEqual(["500 ms", "60 s", "2 min"]);
  });
});

it.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1 KiB"],
  [1536, "1.5 KiB"],
  [1_048_575, "1 MiB"],
  [104_857_600, "100 MiB"],
  [5_497_558_138_880, "5 TiB"],
])("%d bytes are %s", (size, text) => expect(bytes(size)).toBe(text));
