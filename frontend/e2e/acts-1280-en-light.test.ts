import { walkActs } from "./acts.ts";

walkActs({ width: 1280, locale: "en-US", theme: "light" });
