import type { Look } from "./browser.ts";
import { startWalk } from "./walk.ts";
import { awayWalk } from "./walks/away.ts";
import { consoleWalk } from "./walks/console.ts";
import { firstRunWalk } from "./walks/first-run.ts";
import { geminiKeysWalk } from "./walks/gemini-keys.ts";
import { inventoryWalk } from "./walks/inventory.ts";
import { logOutWalk } from "./walks/log-out.ts";
import { longListsWalk } from "./walks/long-lists.ts";
import { modelsWalk } from "./walks/models.ts";
import { paletteWalk } from "./walks/palette.ts";
import { playgroundWalk } from "./walks/playground.ts";
import { requestsWalk } from "./walks/requests.ts";
import { sessionWalk } from "./walks/session.ts";
import { settingsWalk } from "./walks/settings.ts";
import { shellWalk } from "./walks/shell.ts";
import { systemWalk } from "./walks/system.ts";
import { userKeysWalk } from "./walks/user-keys.ts";

/** Every act, with servers and a visitor of its own, from the first visit to the log-out: each walk finds what those before it left. */
export function walkActs(look: Look): void {
  startWalk(look);
  firstRunWalk();
  geminiKeysWalk();
  userKeysWalk();
  settingsWalk();
  requestsWalk();
  modelsWalk();
  playgroundWalk();
  systemWalk();
  paletteWalk();
  shellWalk();
  sessionWalk();
  awayWalk();
  longListsWalk();
  consoleWalk();
  logOutWalk();
  inventoryWalk();
}
