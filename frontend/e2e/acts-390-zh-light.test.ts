import { walkActs } from "./acts.ts";

walkActs({ width: 390, locale: "zh-CN", theme: "light" });
