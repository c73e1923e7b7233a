import "i18next";
import type { zh } from "./zh";
import type { guide } from "./zh/guide";
import type { keys } from "./zh/keys";
import type { login } from "./zh/login";
import type { models } from "./zh/models";
import type { palette } from "./zh/palette";
import type { playground } from "./zh/playground";
import type { requests } from "./zh/requests";
import type { settings } from "./zh/settings";
import type { system } from "./zh/system";

type Pages = typeof guide &
  typeof keys &
  typeof login &
  typeof models &
  typeof palette &
  typeof playground &
  typeof requests &
  typeof settings &
  typeof system;

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: typeof zh & Pages };
    returnNull: false;
  }
}
