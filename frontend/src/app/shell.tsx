import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useRouter, useRouterState } from "@tanstack/react-router";
import { Ellipsis, Languages, LogOut, Search } from "lucide-react";
import { lazy, Suspense, useEffect } from "react";
import { logOut } from "@/api/session";
import { overviewQuery } from "@/features/console/queries";
import { whole } from "@/text/format";
import { changeLanguage, useText } from "@/text/i18n";
import { IconButton } from "@/ui/button";
import { Landscape, type Mood } from "@/ui/landscape";
import { Logo } from "@/ui/logo";
import { Toasts } from "@/ui/toast";
import { ConnectionNotice } from "./connection-notice";
import { LogInAgain } from "./log-in-again";
import { pages } from "./pages";
import { PaletteHost, paletteOpen } from "./palette-host";
import { ThemeButton } from "./theme-button";
import { useLive } from "./use-live";

// Menus bring a positioning engine with them: they load after the first paint, behind buttons that look the same.
const menus = () => import("./preference-menus");
const ThemeMenu = lazy(() => menus().then((file) => ({ default: file.ThemeMenu })));
const MoreMenu = lazy(() => menus().then((file) => ({ default: file.MoreMenu })));

const shortcut = /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘K" : "Ctrl K";
const shellRefreshMs = 30_000;

/** The frame of every page: sky, navigation, notices, and the page itself. */
export function Shell() {
  const { t } = useText();
  useLive();
  const overview = useQuery({ ...overviewQuery(), refetchInterval: shellRefreshMs });
  const keys = overview.data?.keys;
  usePreload(overview.isSuccess);
  return (
    <>
      <Landscape mood={moodOf(keys)} />
      <a href="#main" className="btn btn-primary fixed top-2 left-2 z-50 -translate-y-20 focus:translate-y-0">
        {t("nav.skip")}
      </a>
      <div className="page min-h-dvh md:grid md:grid-cols-[72px_minmax(0,1fr)] rail:grid-cols-[216px_minmax(0,1fr)]">
        <Rail keyCount={keys?.all} />
        <div className="min-w-0">
          <TopBar />
          <main
            id="main"
            tabIndex={-1}
            className="mx-auto max-w-[1360px] min-w-0 px-3 pt-2 pb-[calc(100px+env(safe-area-inset-bottom))] outline-0 md:pt-5 md:pr-7 md:pb-10"
          >
            <Outlet />
          </main>
        </div>
        <TabBar />
      </div>
      <ConnectionNotice />
      <Toasts />
      <PaletteHost />
      <LogInAgain />
    </>
  );
}

const idleMs = 2_000;

/** Loads the other pages' code once this one has its data and nothing else is going on, so that they open at once. */
function usePreload(ready: boolean): void {
  const router = useRouter();
  useEffect(() => {
    if (!ready) return;
    const timer = setTimeout(() => {
      for (const { to } of pages) void router.preloadRoute({ to });
    }, idleMs);
    return () => clearTimeout(timer);
  }, [ready, router]);
}

/** The third light of the sky: amber when much of the pool rests, red when nothing answers. */
function moodOf(keys: { all: number; healthy: number; resting: number; failing: number; disabled: number } | undefined): Mood {
  if (!keys || keys.all === 0) return "ok";
  const asked = keys.all - keys.disabled;
  if (asked > 0 && (keys.failing === asked || keys.failing * 2 > asked)) return "fail";
  return keys.resting * 2 >= asked && keys.resting > 0 ? "rest" : "ok";
}

function Rail({ keyCount }: { keyCount: number | undefined }) {
  const { t, language } = useText();
  const label = "max-rail:sr-only";
  return (
    <nav aria-label={t("nav.label")} className="sticky top-0 z-10 flex h-dvh flex-col gap-0.5 px-3 pt-5 pb-4 max-md:hidden rail:pl-4">
      <div className="flex items-center gap-2.5 px-2 pb-5 rail:px-2.5">
        <Logo />
        <span className="max-rail:hidden">
          <span className="block text-title leading-[18px] font-semibold">{t("product.name")}</span>
          <span className="block text-caption leading-4 text-ink-2">{t("product.subtitle")}</span>
        </span>
      </div>
      {pages.map(({ to, text, icon: Icon }) => (
        <Link key={to} to={to} className={railItem} activeOptions={{ exact: to === "/", includeSearch: false }} data-tip={t(text)}>
          <Icon size={18} strokeWidth={1.75} aria-hidden />
          <span className={label}>{t(text)}</span>
          {to === "/keys" && keyCount !== undefined && (
            <span className="ml-auto text-caption font-normal text-ink-2 max-rail:hidden">{whole(keyCount)}</span>
          )}
        </Link>
      ))}
      <span className="flex-1" />
      <button
        type="button"
        className={railItem}
        onClick={() => paletteOpen.set(true)}
        data-tip={`${t("nav.search")} (${shortcut})`}
        aria-keyshortcuts="Meta+K Control+K"
      >
        <Search size={18} strokeWidth={1.75} aria-hidden />
        <span className={label}>{t("nav.search")}</span>
        <kbd className="key-hint ml-auto text-ink-2 max-rail:hidden">{shortcut}</kbd>
      </button>
      <Suspense fallback={<ThemeButton className={railItem} labelClassName={label} />}>
        <ThemeMenu className={railItem} labelClassName={label} />
      </Suspense>
      <button
        type="button"
        className={railItem}
        onClick={() => changeLanguage(language === "en" ? "zh-CN" : "en")}
        data-tip={t("language.other")}
      >
        <Languages size={18} strokeWidth={1.75} aria-hidden />
        <span className="max-rail:hidden">{t("language.current")}</span>
        <span className="ml-auto text-caption max-rail:hidden">{t("language.short")}</span>
        <span className="sr-only">{t("language.other")}</span>
      </button>
      <button type="button" className={railItem} onClick={() => void logOut()} data-tip={t("action.logOut")}>
        <LogOut size={18} strokeWidth={1.75} aria-hidden />
        <span className={label}>{t("action.logOut")}</span>
      </button>
    </nav>
  );
}

const railItem =
  "relative flex h-11 w-full items-center gap-2.5 rounded-control px-2.5 text-ink-2 transition-colors duration-[120ms] hover:bg-hover hover:text-ink aria-[current=page]:bg-well-2 aria-[current=page]:font-semibold aria-[current=page]:text-ink max-rail:justify-center rail:h-10";

/** The phone's top: the page's title, and a menu with what stands in the rail elsewhere. */
function TopBar() {
  const { t } = useText();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const here = pages.find((page) => page.to === path);
  return (
    <header className="sticky top-0 z-20 flex h-14 items-center gap-0.5 pr-1.5 pl-4 md:hidden">
      <span className="top-fade" aria-hidden="true" />
      <span className="flex-1 text-page font-semibold">{t(here?.text ?? "product.name")}</span>
      <IconButton label={t("nav.search")} onClick={() => paletteOpen.set(true)}>
        <Search size={20} aria-hidden />
      </IconButton>
      <Suspense
        fallback={
          <IconButton label={t("nav.more")}>
            <Ellipsis size={20} aria-hidden />
          </IconButton>
        }
      >
        <MoreMenu />
      </Suspense>
    </header>
  );
}

/** The phone's floating bar. */
function TabBar() {
  const { t } = useText();
  return (
    <nav
      aria-label={t("nav.label")}
      className="tab-bar over bar-solid fixed! right-3 bottom-[calc(12px+env(safe-area-inset-bottom))] left-3 z-30 grid h-16 auto-cols-fr grid-flow-col px-1.5 md:hidden"
    >
      {pages
        .filter((page) => page.tab)
        .map(({ to, text, icon: Icon }) => (
          <Link
            key={to}
            to={to}
            activeOptions={{ exact: to === "/", includeSearch: false }}
            className="relative flex flex-col items-center justify-center gap-[3px] text-axis text-ink-2 before:absolute before:top-0 before:hidden before:h-[3px] before:w-6 before:rounded-b-[3px] before:bg-ink aria-[current=page]:font-semibold aria-[current=page]:text-ink aria-[current=page]:before:block"
          >
            <Icon size={22} strokeWidth={1.75} aria-hidden />
            {t(text)}
          </Link>
        ))}
    </nav>
  );
}
