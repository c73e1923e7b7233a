import type { Path, Settings, Value } from "./path";
import type { Section } from "./search";

export type Group =
  | "strategy"
  | "failover"
  | "queue"
  | "health"
  | "checks"
  | "cleanup"
  | "usage"
  | "stream"
  | "thinking"
  | "prompt"
  | "symbols"
  | "files"
  | "keep_alive"
  | "retention";

interface Base {
  path: Path;
  /** What it is on a new gateway. */
  usual: Value;
  section: Section;
  /** The title within the section under which it stands. */
  group: Group;
  /** Whether the setting has any effect now; one without is shown but takes no input. */
  when?: (settings: Settings) => boolean;
}

/** One of a few words, each with a drawing; a switch with two drawn sides uses the words "true" and "false". */
export interface ChoiceField extends Base {
  kind: "choice";
  options: readonly string[];
}

export interface SwitchField extends Base {
  kind: "switch";
}

/** A number in the gateway's unit, from least to most; `per` of these make one of the unit shown. */
export interface NumberField extends Base {
  kind: "number";
  usual: number;
  least: number;
  most: number;
  step: number;
  unit: "seconds" | "minutes" | "hours" | "days" | "keys" | "times" | "tokens" | "megabytes";
  per?: number;
  /** How the slider spreads its range; "log" gives small values more room. */
  scale?: "log";
}

/** Two shares on one bar: this one and, above it, `upper`. */
export interface SharesField extends Base {
  kind: "shares";
  upper: Path;
  upperUsual: number;
}

export interface TextField extends Base {
  kind: "text";
  mostBytes: number;
}

export type Field = ChoiceField | SwitchField | NumberField | SharesField | TextField;

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const mebibyte = 1024 * 1024;
const cleaning = (settings: Settings) => settings.cleanup.enabled;
const checking = (settings: Settings) => settings.background_check;
const injecting = (settings: Settings) => settings.prompt_injection.enabled;
const symbols = (settings: Settings) => settings.symbol_injection.enabled;
const keptAwake = (settings: Settings) => settings.keep_alive.enabled;
const thinking = (settings: Settings) => settings.thinking.enabled;

/** Every setting of the gateway. A new one is a line here and its words under settings.field in both languages. */
export const fields: readonly Field[] = [
  {
    path: "strategy",
    section: "routing",
    group: "strategy",
    kind: "choice",
    usual: "adaptive",
    options: ["adaptive", "least_used", "round_robin"],
  },
  { path: "fast_failover", section: "routing", group: "failover", kind: "choice", usual: true, options: ["true", "false"] },
  { path: "max_key_attempts", section: "routing", group: "failover", kind: "number", usual: 5, least: 1, most: 20, step: 1, unit: "keys" },
  {
    path: "first_byte_timeout",
    section: "routing",
    group: "failover",
    kind: "number",
    usual: 30,
    least: 1,
    most: 600,
    step: 1,
    unit: "seconds",
    scale: "log",
  },
  {
    path: "request_timeout",
    section: "routing",
    group: "failover",
    kind: "number",
    usual: 60,
    least: 1,
    most: 3600,
    step: 1,
    unit: "seconds",
    scale: "log",
  },
  { path: "queue_wait", section: "routing", group: "queue", kind: "number", usual: 10, least: 0, most: 60, step: 1, unit: "seconds" },

  {
    path: "failure_threshold",
    section: "health",
    group: "health",
    kind: "number",
    usual: 3,
    least: 1,
    most: 100,
    step: 1,
    unit: "times",
    scale: "log",
  },
  { path: "background_check", section: "health", group: "checks", kind: "switch", usual: true },
  {
    path: "check_delay",
    section: "health",
    group: "checks",
    kind: "number",
    usual: 5,
    least: 1,
    most: 60,
    step: 1,
    unit: "seconds",
    when: checking,
  },
  {
    path: "check_interval",
    section: "health",
    group: "checks",
    kind: "number",
    usual: hour,
    least: minute,
    most: day,
    step: minute,
    per: minute,
    unit: "minutes",
    scale: "log",
    when: checking,
  },
  { path: "project_discovery", section: "health", group: "checks", kind: "switch", usual: true },
  { path: "cleanup.enabled", section: "health", group: "cleanup", kind: "switch", usual: false },
  {
    path: "cleanup.days",
    section: "health",
    group: "cleanup",
    kind: "number",
    usual: 3,
    least: 1,
    most: 30,
    step: 1,
    unit: "days",
    when: cleaning,
  },
  {
    path: "cleanup.min_checks_per_day",
    section: "health",
    group: "cleanup",
    kind: "number",
    usual: 5,
    least: 1,
    most: 100,
    step: 1,
    unit: "times",
    scale: "log",
    when: cleaning,
  },
  {
    path: "cleanup.interval",
    section: "health",
    group: "cleanup",
    kind: "number",
    usual: day,
    least: hour,
    most: 7 * day,
    step: hour,
    per: hour,
    unit: "hours",
    scale: "log",
    when: cleaning,
  },
  { path: "keep_alive.enabled", section: "health", group: "keep_alive", kind: "switch", usual: false },
  {
    path: "keep_alive.interval",
    section: "health",
    group: "keep_alive",
    kind: "number",
    usual: 10 * minute,
    least: minute,
    most: hour,
    step: minute,
    per: minute,
    unit: "minutes",
    when: keptAwake,
  },

  {
    path: "usage_threshold.warn",
    upper: "usage_threshold.protect",
    section: "quota",
    group: "usage",
    kind: "shares",
    usual: 0.8,
    upperUsual: 0.95,
  },

  { path: "stream_mode", section: "answers", group: "stream", kind: "choice", usual: "auto", options: ["auto", "stream", "non_stream"] },
  { path: "thinking.enabled", section: "answers", group: "thinking", kind: "switch", usual: true },
  {
    path: "thinking.budget",
    section: "answers",
    group: "thinking",
    kind: "number",
    usual: -1,
    least: -1,
    most: 32_768,
    step: 1,
    unit: "tokens",
    scale: "log",
    when: thinking,
  },
  { path: "thinking.include_thoughts", section: "answers", group: "thinking", kind: "switch", usual: false, when: thinking },
  { path: "prompt_injection.enabled", section: "answers", group: "prompt", kind: "switch", usual: false },
  { path: "prompt_injection.content", section: "answers", group: "prompt", kind: "text", usual: "", mostBytes: 32_768, when: injecting },
  {
    path: "prompt_injection.position",
    section: "answers",
    group: "prompt",
    kind: "choice",
    usual: "system",
    options: ["system", "user_prefix", "user_suffix"],
    when: injecting,
  },

  { path: "symbol_injection.enabled", section: "symbols", group: "symbols", kind: "switch", usual: false },
  {
    path: "symbol_injection.strategy",
    section: "symbols",
    group: "symbols",
    kind: "choice",
    usual: "auto",
    options: ["auto", "prefix", "suffix", "wrap", "invisible", "mixed"],
    when: symbols,
  },
  { path: "symbol_injection.exempt_tools", section: "symbols", group: "symbols", kind: "switch", usual: true, when: symbols },
  {
    path: "symbol_injection.min_tokens",
    section: "symbols",
    group: "symbols",
    kind: "number",
    usual: 0,
    least: 0,
    most: 1_000_000,
    step: 1,
    unit: "tokens",
    scale: "log",
    when: symbols,
  },

  {
    path: "files.ttl",
    section: "records",
    group: "files",
    kind: "number",
    usual: 2 * day,
    least: hour,
    most: 30 * day,
    step: hour,
    per: hour,
    unit: "hours",
    scale: "log",
  },
  {
    path: "files.total_bytes",
    section: "records",
    group: "files",
    kind: "number",
    usual: 512 * mebibyte,
    least: 0,
    most: 1024 * 1024 * mebibyte,
    step: mebibyte,
    per: mebibyte,
    unit: "megabytes",
    scale: "log",
  },
  {
    path: "files.max_file_bytes",
    section: "records",
    group: "files",
    kind: "number",
    usual: 100 * mebibyte,
    least: mebibyte,
    most: 2048 * mebibyte,
    step: mebibyte,
    per: mebibyte,
    unit: "megabytes",
    scale: "log",
  },
  {
    path: "files.inline_bytes",
    section: "records",
    group: "files",
    kind: "number",
    usual: 20 * mebibyte,
    least: 0,
    most: 70 * mebibyte,
    step: mebibyte,
    per: mebibyte,
    unit: "megabytes",
  },
  {
    path: "log_retention",
    section: "records",
    group: "retention",
    kind: "number",
    usual: 30 * day,
    least: hour,
    most: 3650 * day,
    step: day,
    per: day,
    unit: "days",
    scale: "log",
  },
  {
    path: "usage_retention",
    section: "records",
    group: "retention",
    kind: "number",
    usual: 400 * day,
    least: day,
    most: 3650 * day,
    step: day,
    per: day,
    unit: "days",
    scale: "log",
  },
];

/** The field that shows a path; a path beside another on one bar belongs to that one. */
export function fieldOf(path: string): Field | undefined {
  return fields.find((field) => field.path === path || (field.kind === "shares" && field.upper === path));
}
