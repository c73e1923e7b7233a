/** Figures and times in the reader's language. Pure: the language and the present moment are passed in. */
export type Language = "zh-CN" | "en";

/** A figure and the unit set smaller beside it, e.g. {figure: "3,164", unit: "万"}. */
export interface Figure {
  figure: string;
  unit: string;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

// A formatter takes longer to make than a row to draw: each is made once.
const numbers = new Map<number, Intl.NumberFormat>();

function number(value: number, digits: number): string {
  let format = numbers.get(digits);
  if (!format) {
    format = new Intl.NumberFormat("en-US", { maximumFractionDigits: digits });
    numbers.set(digits, format);
  }
  return format.format(value);
}

const hoursMinutes = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const hoursMinutesSeconds = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dayMonth = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const dayMonthYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const inFull = { dateStyle: "medium", timeStyle: "medium" } as const;
const inFullBy: Record<Language, Intl.DateTimeFormat> = {
  "zh-CN": new Intl.DateTimeFormat("zh-CN", inFull),
  en: new Intl.DateTimeFormat("en", inFull),
};

/** Groups a whole number: 48213 → "48,213". */
export function whole(value: number): string {
  return number(value, 0);
}

/** Shortens a large number: zh 31640000 → 3,164 万; en → 31.6 M. Below 10,000 it stays whole. */
export function short(value: number, language: Language): Figure {
  if (Math.abs(value) < 10_000) return { figure: whole(value), unit: "" };
  if (language === "zh-CN") {
    return Math.abs(value) < 1e8 ? scaled(value, 1e4, "万") : scaled(value, 1e8, "亿");
  }
  if (Math.abs(value) < 999_950) return scaled(value, 1e3, "k");
  return Math.abs(value) < 999_950_000 ? scaled(value, 1e6, "M") : scaled(value, 1e9, "B");
}

/** The same in one piece: "3,164 万", "31.6M". */
export function shortText(value: number, language: Language): string {
  const { figure, unit } = short(value, language);
  if (!unit) return figure;
  return language === "zh-CN" ? `${figure} ${unit}` : `${figure}${unit}`;
}

/** A figure in a narrow place: whole below 100,000, then shortened. */
export function shortFigure(value: number, language: Language): string {
  return value < 100_000 ? whole(value) : shortText(value, language);
}

function scaled(value: number, by: number, unit: string): Figure {
  const amount = value / by;
  const digits = Math.abs(amount) < 100 ? 1 : 0;
  return { figure: number(amount, digits), unit };
}

/** A size in binary units, as the gateway's limits are: 5 → "5 B", 1536 → "1.5 KiB", 3_250_585 → "3.1 MiB". */
export function bytes(size: number): string {
  if (size < 1024) return `${size} B`;
  let amount = size;
  let unit = -1;
  // What would be rounded to 1,024 is one of the next unit.
  while (amount >= 1023.5 && unit < 3) {
    amount /= 1024;
    unit += 1;
  }
  return `${number(amount, amount < 100 ? 1 : 0)} ${["KiB", "MiB", "GiB", "TiB"][unit]}`;
}

/** A share of one as percent: 0.9962 → "99.62"; whole hundreds lose their zeros, and only a true 1 shows as 100. */
export function percent(share: number, digits = 1): string {
  const scale = 10 ** digits;
  const value = share < 1 ? Math.floor(share * 100 * scale) / scale : 100;
  return number(value, digits);
}

/** Seconds with a sensible number of digits: 0.84, 2.31, 60.0, 124. */
export function secondsFigure(value: number): string {
  if (value > 0 && value < 0.01) return "<0.01";
  if (value < 10) return value.toFixed(2);
  return value < 100 ? value.toFixed(1) : whole(value);
}

/** How long something took, with its unit: 0.182 → "182 毫秒", 1.46 → "1.46 秒", 95 → "2 分钟". */
export function duration(seconds: number, language: Language): string {
  const zh = language === "zh-CN";
  if (seconds === 0) return "0";
  if (seconds < 0.00005) return `<0.1 ${zh ? "毫秒" : "ms"}`;
  if (seconds < 0.00995) return `${Math.round(seconds * 10_000) / 10} ${zh ? "毫秒" : "ms"}`;
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ${zh ? "毫秒" : "ms"}`;
  if (seconds < 90) return `${number(seconds, seconds < 10 ? 2 : 1)} ${zh ? "秒" : "s"}`;
  return span(seconds * 1000, language);
}

/** A time span in the words of a countdown: "38 秒", "12 分钟", "3 小时 20 分"; en "38 s", "12 min", "3 h 20 min". */
export function span(milliseconds: number, language: Language): string {
  const zh = language === "zh-CN";
  const left = Math.max(0, milliseconds);
  if (left < 90 * second) return `${Math.ceil(left / second)} ${zh ? "秒" : "s"}`;
  if (left < hour) return `${Math.ceil(left / minute)} ${zh ? "分钟" : "min"}`;
  if (left >= 2 * day) return `${Math.floor(left / day)} ${zh ? "天" : "d"}`;
  const hours = Math.floor(left / hour);
  const minutes = Math.floor((left % hour) / minute);
  const hoursText = `${hours} ${zh ? "小时" : "h"}`;
  return minutes === 0 ? hoursText : `${hoursText} ${minutes} ${zh ? "分" : "min"}`;
}

/** How long ago a moment was: "22 秒前", "22 s ago"; under five seconds "刚刚", "just now". */
export function ago(moment: string, now: number, language: Language): string {
  const passed = now - Date.parse(moment);
  if (passed < 5 * second) return language === "zh-CN" ? "刚刚" : "just now";
  const floored =
    passed < 90 * second ? Math.floor(passed / second) * second : passed < hour ? Math.floor(passed / minute) * minute : passed;
  const words = span(floored, language);
  return language === "zh-CN" ? `${words}前` : `${words} ago`;
}

/** A date as people say it: "9 月 3 日", "3 Sep"; with the year where it is not this one. */
export function date(moment: string, now: number, language: Language): string {
  const at = new Date(moment);
  const withYear = at.getFullYear() !== new Date(now).getFullYear();
  if (language === "zh-CN") {
    const monthDay = `${at.getMonth() + 1} 月 ${at.getDate()} 日`;
    return withYear ? `${at.getFullYear()} 年 ${monthDay}` : monthDay;
  }
  return (withYear ? dayMonthYear : dayMonth).format(at);
}

/** Hours and minutes, 24 h: "15:20"; with seconds on request. */
export function clock(moment: string | number | Date, seconds = false): string {
  return (seconds ? hoursMinutesSeconds : hoursMinutes).format(new Date(moment));
}

/** Date and time in full, for titles. */
export function fullTime(moment: string, language: Language): string {
  return inFullBy[language].format(new Date(moment));
}

/** How much of a rest is over, 0 to 1. */
export function elapsedShare(since: string, until: string, now: number): number {
  const start = Date.parse(since);
  const length = Date.parse(until) - start;
  if (!(length > 0)) return 1;
  return Math.min(1, Math.max(0, (now - start) / length));
}
