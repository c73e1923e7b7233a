import "i18next";
import type { zh } from "./zh";
import type { keys } from "./zh/keys";
import type { requests } from "./zh/requests";
import type { settings } from "./zh/settings";

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: typeof zh & typeof keys & typeof settings & typeof requests };
    returnNull: false;
  }
}
