import { fillGateway } from "./fill.ts";
import { startWalk } from "./walk.ts";
import { looksWalk } from "./walks/looks.ts";

startWalk({ width: 1280, locale: "zh-CN", theme: "dark" });
fillGateway();
looksWalk(1280);
