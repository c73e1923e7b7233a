import { walkActs } from "./acts.ts";

walkActs({ width: 1280, locale: "zh-CN", theme: "dark" });
