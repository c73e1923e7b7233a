import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Download, Ellipsis, Pause, Play, Square, X } from "lucide-react";
import { useState } from "react";
import { whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { Button, IconButton } from "@/ui/button";
import { Menu, MenuItem } from "@/ui/menu";
import { PageHead } from "@/ui/page-head";
import { StateDot } from "@/ui/state-dot";
import { Failed, Skeleton } from "@/ui/states";
import { useNear } from "@/ui/use-far";
import { usePhone } from "@/ui/use-media";
import { Newer } from "./newer";
import { NoRequests } from "./no-requests";
import { countedTo, newerQuery, requestsQuery } from "./queries";
import { RequestDetail } from "./request-detail";
import { RequestList, RequestTable } from "./request-rows";
import { RequestTools } from "./request-tools";
import { useExport } from "./use-export";
import { useHeld } from "./use-held";
import { useRequestsView } from "./use-view";

const refreshMs = 5_000;
const icon = { size: 16, strokeWidth: 1.75, "aria-hidden": true } as const;

export function RequestsPage() {
  const { t } = useText();
  const phone = usePhone();
  const { search, change } = useRequestsView();
  const { open, ...filter } = search;
  const [paused, setPaused] = useState(false);
  const over = filter.to !== undefined && Date.parse(filter.to) < Date.now();
  const live = !paused && !over;
  const { held, around } = useHeld();
  const list = useInfiniteQuery({
    ...requestsQuery(filter),
    // Only the top of the list moves; who reads further down, points at a row or reads one request is told of new ones instead.
    refetchInterval: ({ state }) => {
      const { pages = [] } = state.data ?? {};
      const reading = open !== undefined || pages.length > 1 || (held && pages[0]?.items.length !== 0);
      return live && !reading ? refreshMs : false;
    },
  });
  const pages = list.data?.pages ?? [];
  const still = held || open !== undefined || pages.length > 1;
  const first = pages[0]?.items ?? [];
  const newer = useQuery({
    ...newerQuery(filter, first),
    enabled: live && still && first.length > 0 && !list.isPlaceholderData,
    refetchInterval: refreshMs,
  });
  const shown = pages.reduce((sum, page) => sum + page.items.length, 0);
  const total = pages[0]?.total ?? null;
  const elsewhere = open !== undefined && list.data !== undefined && !pages.some((page) => page.items.some((one) => one.id === open));
  const nearEnd = useNear<HTMLElement>(() => {
    if (list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError) void list.fetchNextPage();
  });
  const exporting = useExport(filter);
  const exportText =
    exporting.rows !== undefined ? "stopExport" : total === null ? "export" : total >= countedTo ? "exportMany" : "exportSome";
  const pauseText = t(paused ? "requests.resume" : "requests.pause");
  const pauseIcon = paused ? <Play {...icon} /> : <Pause {...icon} />;
  const acts = {
    pause: () => setPaused(!paused),
    export: exporting.rows === undefined ? exporting.start : exporting.stop,
    exportText: t(`requests.${exportText}`, { rows: whole(exporting.rows ?? Math.min(total ?? 0, countedTo)) }),
    exportIcon: exporting.rows === undefined ? <Download {...icon} /> : <Square {...icon} />,
  };
  return (
    <>
      <PageHead title={t("requests.title")}>
        <span className="mr-1.5 flex items-center gap-2 text-small text-ink-2">
          <StateDot state={live ? "healthy" : "disabled"} />
          {t(live ? "requests.live" : "requests.paused")}
        </span>
        <Button icon={pauseIcon} onClick={acts.pause} disabled={over}>
          {pauseText}
        </Button>
        {/* As wide with a count as without, so that nothing beside it moves. */}
        <Button className="min-w-44" icon={acts.exportIcon} disabled={total === 0} onClick={acts.export}>
          {acts.exportText}
        </Button>
      </PageHead>
      {elsewhere && (
        <section className="glass relative mb-4 overflow-clip" aria-label={t("requests.opened")}>
          <RequestDetail id={open} />
          <IconButton label={t("action.close")} className="absolute! top-1 right-1" onClick={() => change({ open: undefined })}>
            <X size={18} strokeWidth={1.75} aria-hidden />
          </IconButton>
        </section>
      )}
      <section className="glass glass-list min-w-0 overflow-clip">
        <RequestTools
          example={list.isPlaceholderData ? undefined : first[0]}
          after={
            <Menu
              trigger={
                <IconButton label={t("requests.tools")} className="md:hidden">
                  <Ellipsis size={20} aria-hidden />
                </IconButton>
              }
            >
              <MenuItem icon={pauseIcon} disabled={over} onSelect={acts.pause}>
                {pauseText}
              </MenuItem>
              <MenuItem icon={acts.exportIcon} disabled={total === 0} onSelect={acts.export}>
                {acts.exportText}
              </MenuItem>
            </Menu>
          }
        />
        {list.data ? (
          <>
            {still && <Newer count={newer.data ?? 0} filter={filter} />}
            <div {...around}>
              {shown === 0 ? <NoRequests filter={filter} /> : phone ? <RequestList pages={pages} /> : <RequestTable pages={pages} />}
            </div>
            {shown > 0 && (
              // Each page that comes is a new end, so that a short one is followed by the next at once.
              <footer
                key={pages.length}
                ref={nearEnd}
                className="flex min-h-13 items-center gap-3 border-t border-line px-4 py-2 text-caption text-ink-3"
              >
                <span className="flex-1" role="status">
                  {shown >= countedTo && pages.at(-1)?.next
                    ? t("requests.shownMost", { shown: whole(shown) })
                    : total === null
                      ? t("requests.shown", { shown: whole(shown) })
                      : t(total >= countedTo ? "requests.shownOfMany" : "requests.shownOf", {
                          shown: whole(shown),
                          total: whole(total),
                        })}
                </span>
                {list.hasNextPage && (
                  <Button small busy={list.isFetchingNextPage} busyLabel={t("requests.loading")} onClick={() => void list.fetchNextPage()}>
                    {t("requests.more")}
                  </Button>
                )}
              </footer>
            )}
          </>
        ) : list.isError ? (
          <Failed error={list.error} onRetry={() => void list.refetch()} />
        ) : (
          <RowsSkeleton />
        )}
      </section>
    </>
  );
}

const skeletonRows = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

function RowsSkeleton() {
  return (
    <div aria-busy="true">
      {skeletonRows.map((row) => (
        <div key={row} className="flex h-10 items-center gap-6 border-t border-line px-4">
          <Skeleton className="h-4 w-24" />
          <Skeleton className="h-4 w-10" />
          <Skeleton className="h-4 w-1/3" />
        </div>
      ))}
    </div>
  );
}
