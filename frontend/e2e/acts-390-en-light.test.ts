import { walkActs } from "./acts.ts";

walkActs({ width: 390, locale: "en-US", theme: "light" });
