import { useInfiniteQuery } from "@tanstack/react-query";
import { Download, ListTree, Pause, Play, SearchX } from "lucide-react";
import { useState } from "react";
import { whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { PageHead } from "@/ui/page-head";
import { useProblemText } from "@/ui/problem-text";
import { StateDot } from "@/ui/state-dot";
import { Empty, Failed, Skeleton } from "@/ui/states";
import { toast } from "@/ui/toast";
import { useNear } from "@/ui/use-far";
import { usePhone } from "@/ui/use-media";
import { type Filter, requestsQuery, saveCsv } from "./queries";
import { RequestDetail } from "./request-detail";
import { RequestList, RequestTable } from "./request-rows";
import { RequestTools } from "./request-tools";
import { useRequestsView } from "./use-view";

const refreshMs = 5_000;
/** The gateway counts no further. */
const countedTo = 10_000;

export function RequestsPage() {
  const { t } = useText();
  const phone = usePhone();
  const { search } = useRequestsView();
  const { open, ...filter } = search;
  const [paused, setPaused] = useState(false);
  const list = useInfiniteQuery({
    ...requestsQuery(filter),
    // Only the top of the list moves; who reads further down, or one request, is left in peace.
    refetchInterval: ({ state }) => (paused || open !== undefined || (state.data?.pages.length ?? 0) > 1 ? false : refreshMs),
  });
  const pages = list.data?.pages ?? [];
  const shown = pages.reduce((sum, page) => sum + page.items.length, 0);
  const total = pages[0]?.total ?? null;
  const elsewhere = open !== undefined && list.data !== undefined && !pages.some((page) => page.items.some((one) => one.id === open));
  const nearEnd = useNear<HTMLElement>(() => {
    if (list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError) void list.fetchNextPage();
  });
  return (
    <>
      <PageHead title={t("requests.title")}>
        <span className="mr-1.5 flex items-center gap-2 text-small text-ink-2">
          <StateDot state={paused ? "disabled" : "healthy"} />
          {t(paused ? "requests.paused" : "requests.live")}
        </span>
        <Button
          icon={paused ? <Play size={16} strokeWidth={1.75} aria-hidden /> : <Pause size={16} strokeWidth={1.75} aria-hidden />}
          onClick={() => setPaused(!paused)}
        >
          {t(paused ? "requests.resume" : "requests.pause")}
        </Button>
        <Export filter={filter} />
      </PageHead>
      {elsewhere && (
        <section className="glass mb-4 overflow-clip" aria-label={t("requests.opened")}>
          <RequestDetail id={open} />
        </section>
      )}
      <section className="glass glass-list min-w-0 overflow-clip">
        <RequestTools />
        {list.data ? (
          <>
            {shown === 0 ? <NoRequests filter={filter} /> : phone ? <RequestList pages={pages} /> : <RequestTable pages={pages} />}
            {shown > 0 && (
              // Each page that comes is a new end, so that a short one is followed by the next at once.
              <footer
                key={pages.length}
                ref={nearEnd}
                className="flex min-h-13 items-center gap-3 border-t border-line px-4 py-2 text-caption text-ink-3"
              >
                <span className="flex-1" role="status">
                  {total === null
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

function Export({ filter }: { filter: Filter }) {
  const { t } = useText();
  const problemText = useProblemText();
  const [busy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    try {
      await saveCsv(filter);
    } catch (error) {
      toast("error", t("error.failed", { reason: problemText(error) }));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button
      icon={<Download size={16} strokeWidth={1.75} aria-hidden />}
      busy={busy}
      busyLabel={t("requests.exporting")}
      onClick={() => void run()}
    >
      {t("requests.export")}
    </Button>
  );
}

function NoRequests({ filter }: { filter: Filter }) {
  const { t } = useText();
  const { change } = useRequestsView();
  const narrowed = Object.entries(filter).some(([name, value]) => name !== "range" && value !== undefined);
  if (!narrowed) {
    return (
      <Empty
        icon={<ListTree size={22} strokeWidth={1.75} />}
        title={t("requests.emptyTitle")}
        hint={t("requests.emptyHint")}
        action={filter.range === "all" ? undefined : <Button onClick={() => change({ range: "all" })}>{t("requests.lookFurther")}</Button>}
      />
    );
  }
  const clear = { status: undefined, model: undefined, user: undefined, key: undefined, form: undefined, q: undefined };
  return (
    <Empty
      icon={<SearchX size={22} strokeWidth={1.75} />}
      title={t("requests.noMatchTitle")}
      hint={t("requests.noMatchHint")}
      action={<Button onClick={() => change(clear)}>{t("requests.clear")}</Button>}
    />
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
