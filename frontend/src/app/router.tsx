import { type AnyRoute, createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";
import { mayResume, session } from "@/api/session";
import { consoleSearch } from "@/features/console/search";
import { filesSearch } from "@/features/files/search";
import { keysSearch } from "@/features/keys/search";
import { modelsSearch } from "@/features/models/search";
import { requestsSearch } from "@/features/requests/search";
import { settingsSearch } from "@/features/settings/search";
import { systemSearch } from "@/features/system/search";
import { loadText, type TextPart } from "@/text/i18n";
import { CrashPage, MissingPage } from "./crash-page";
import { Shell } from "./shell";

const root = createRootRoute({ component: Outlet, notFoundComponent: MissingPage, errorComponent: CrashPage });

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (search: Record<string, unknown>): { next?: string } =>
    typeof search.next === "string" && /^\/(?![/\\])/.test(search.next) ? { next: search.next } : {},
  beforeLoad: ({ search }) => {
    if (session.get() === "in") throw redirect({ href: search.next ?? "/" });
  },
  component: lazyRouteComponent(() => withText("login", import("@/features/login/login-page")), "LoginPage"),
});

const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  beforeLoad: ({ location }) => {
    if (session.get() === "in" || session.get() === "expired") return;
    throw redirect({ to: "/login", search: location.href === "/" ? {} : { next: location.href } });
  },
  component: Shell,
});

const home = createRoute({
  getParentRoute: () => shell,
  path: "/",
  validateSearch: consoleSearch,
  component: lazyRouteComponent(() => import("@/features/console/console-page"), "ConsolePage"),
});

const keys = createRoute({
  getParentRoute: () => shell,
  path: "/keys",
  validateSearch: keysSearch,
  component: lazyRouteComponent(() => withText("keys", import("@/features/keys/keys-page"), "plan"), "KeysPage"),
});

const requests = createRoute({
  getParentRoute: () => shell,
  path: "/requests",
  validateSearch: requestsSearch,
  component: lazyRouteComponent(() => withText("requests", import("@/features/requests/requests-page")), "RequestsPage"),
});

const models = createRoute({
  getParentRoute: () => shell,
  path: "/models",
  validateSearch: modelsSearch,
  component: lazyRouteComponent(() => withText("models", import("@/features/models/models-page")), "ModelsPage"),
});

const files = createRoute({
  getParentRoute: () => shell,
  path: "/files",
  validateSearch: filesSearch,
  component: lazyRouteComponent(() => withText("files", import("@/features/files/files-page")), "FilesPage"),
});

const playground = createRoute({
  getParentRoute: () => shell,
  path: "/playground",
  component: lazyRouteComponent(() => withText("playground", import("@/features/playground/playground-page")), "PlaygroundPage"),
});

const system = createRoute({
  getParentRoute: () => shell,
  path: "/system",
  validateSearch: systemSearch,
  component: lazyRouteComponent(() => withText("system", import("@/features/system/system-page"), "settings"), "SystemPage"),
});

const settings = createRoute({
  getParentRoute: () => shell,
  path: "/settings",
  validateSearch: settingsSearch,
  component: lazyRouteComponent(() => withText("settings", import("@/features/settings/settings-page"), "plan"), "SettingsPage"),
});

/** An address there is no page for, within the frame, so that the way on is in sight. */
const missing = createRoute({ getParentRoute: () => shell, path: "$", component: MissingPage });

export const router = createRouter({
  routeTree: root.addChildren([login, shell.addChildren([home, keys, requests, models, files, playground, system, settings, missing])]),
  defaultPreload: "intent",
  defaultErrorComponent: CrashPage,
  scrollRestoration: true,
});

/** Loads the code of the page that the address names, or of the log-in where nobody is logged in here. */
export function preloadPage(): void {
  const routes: Record<string, AnyRoute> = router.routesById;
  const found = mayResume() ? router.matchRoutes(router.latestLocation).map((match): string => match.routeId) : [login.id];
  for (const id of found) {
    routes[id]?.options.component?.preload?.()?.catch(() => undefined); // what cannot be loaded is told when it is wanted
  }
}

/** A page's code and its texts, which load side by side. */
async function withText<T>(part: TextPart, page: Promise<T>, ...more: TextPart[]): Promise<T> {
  const [file] = await Promise.all([page, ...[part, ...more].map(loadText)]);
  return file;
}

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
