import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";
import { session } from "@/api/session";
import { keysSearch } from "@/features/keys/search";
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
  component: lazyRouteComponent(() => import("@/features/login/login-page"), "LoginPage"),
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
  component: lazyRouteComponent(() => import("@/features/console/console-page"), "ConsolePage"),
});

const keys = createRoute({
  getParentRoute: () => shell,
  path: "/keys",
  validateSearch: keysSearch,
  component: lazyRouteComponent(() => import("@/features/keys/keys-page"), "KeysPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([login, shell.addChildren([home, keys])]),
  defaultPreload: "intent",
  defaultErrorComponent: CrashPage,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
