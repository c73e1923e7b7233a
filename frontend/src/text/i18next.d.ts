import "i18next";
import type { zh } from "./zh";
import type { keys } from "./zh/keys";
import type { login } from "./zh/login";
import type { models } from "./zh/models";
import type { playground } from "./zh/playground";
import type { requests } from "./zh/requests";
import type { settings } from "./zh/settings";

declare module "i18next" {
  interface CustomTypeOptions {
    resources: {
      translation: typeof zh & typeof login & typeof keys & typeof settings & typeof requests & typeof models & typeof playground;
    };
    returnNull: false;
  }
}
