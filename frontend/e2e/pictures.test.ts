import { fillGateway } from "./fill.ts";
import { startWalk } from "./walk.ts";
import { picturesWalk } from "./walks/pictures.ts";

startWalk({ width: 1280, locale: "zh-CN", theme: "dark" });
fillGateway();
picturesWalk();
