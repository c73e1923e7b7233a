import { usePrefetchQuery, useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { lazy, Suspense } from "react";
import { live } from "@/api/live";
import { useStore } from "@/api/store";
import type { Overview } from "@/api/types";
import { loadText, useText } from "@/text/i18n";
import { classNames } from "@/ui/class-names";
import { PageHead } from "@/ui/page-head";
import { StateDot } from "@/ui/state-dot";
import { Failed, Skeleton } from "@/ui/states";
import { AttentionCard } from "./attention-card";
import { FailuresCard } from "./failures-card";
import { HealthBanner } from "./health-banner";
import { everUsedQuery, overviewQuery, timeseriesQuery } from "./queries";
import { QuotasCard } from "./quotas-card";
import { partOf } from "./search";
import { SharesCard } from "./shares-card";
import { TrafficCard } from "./traffic-card";

const Guide = lazy(async () => {
  const [file] = await Promise.all([import("./guide"), loadText("guide")]);
  return { default: file.Guide };
});

/** Events tell when to read anew; without them the page asks. */
const refreshMs = { live: 30_000, asking: 5_000 };

export function ConsolePage() {
  const { t } = useText();
  const told = useStore(live) !== undefined;
  const search = useSearch({ from: "/shell/" });
  usePrefetchQuery(timeseriesQuery(search.range ?? "24h", partOf(search))); // the chart asks for it once the figures are there
  const overview = useQuery({ ...overviewQuery(), refetchInterval: told ? refreshMs.live : refreshMs.asking });
  return (
    <>
      <PageHead title={t("console.title")}>
        {overview.data && <LiveMark stale={overview.isError} className="mr-1.5" />}
        {overview.data && overview.data.keys.all > 0 && (
          <Link
            to="/keys"
            search={{ open: "import" }}
            className={classNames("btn", overview.data.user_keys.all > 0 ? "btn-primary" : "btn-secondary")}
          >
            <Plus size={16} aria-hidden />
            {t("console.import")}
          </Link>
        )}
      </PageHead>
      {overview.data ? (
        <Console overview={overview.data} stale={overview.isError} />
      ) : overview.isError ? (
        <div className="glass">
          <Failed error={overview.error} onRetry={() => void overview.refetch()} />
        </div>
      ) : (
        <ConsoleSkeleton />
      )}
    </>
  );
}

function Console({ overview, stale }: { overview: Overview; stale: boolean }) {
  const idle = overview.today.requests + overview.yesterday.requests === 0;
  const everUsed = useQuery({ ...everUsedQuery(), enabled: idle && overview.user_keys.all > 0, refetchInterval: refreshMs.asking });
  const guided = overview.keys.all === 0 || overview.user_keys.all === 0 || (idle && everUsed.data === false);
  if (overview.keys.all === 0) {
    return (
      <Suspense fallback={<ConsoleSkeleton />}>
        <Guide overview={overview} />
      </Suspense>
    );
  }
  return (
    <div className="grid grid-cols-12 gap-(--gap) *:col-span-12">
      {guided && (
        <Suspense>
          <Guide overview={overview} />
        </Suspense>
      )}
      <HealthBanner overview={overview} mark={<LiveMark stale={stale} className="px-(--pad) pt-3 md:hidden" />} />
      <TrafficCard overview={overview} className="rail:col-span-8!" />
      <AttentionCard overview={overview} className="rail:col-span-4!" />
      <QuotasCard overview={overview} className="rail:col-span-7!" />
      <SharesCard overview={overview} className="rail:col-span-5!" />
      <FailuresCard overview={overview} />
    </div>
  );
}

/** Whether the figures are of now, and what is under way at this moment. */
function LiveMark({ stale, className }: { stale: boolean; className: string }) {
  const { t } = useText();
  const now = useStore(live);
  const parts = [
    t(stale ? "console.stale" : "console.live"),
    !stale && now && now.in_flight > 0 && t("console.inFlight", { count: now.in_flight }),
    !stale && now && now.waiting > 0 && t("console.waiting", { count: now.waiting }),
  ].filter(Boolean);
  return (
    <span className={`flex items-center gap-2 text-small text-ink-2 ${className}`}>
      <StateDot state={stale ? "failing" : "healthy"} />
      {parts.join(" · ")}
    </span>
  );
}

function ConsoleSkeleton() {
  return (
    <div className="grid grid-cols-12 gap-(--gap) *:col-span-12" aria-busy="true">
      <div className="glass flex h-[142px] flex-col justify-center gap-3 px-5 max-md:h-[362px]">
        <Skeleton className="h-7 w-2/5" />
        <Skeleton className="h-4 w-1/4" />
      </div>
      <div className="glass h-[420px] p-5 rail:col-span-8!">
        <div className="grid grid-cols-4 gap-5 max-md:grid-cols-2">
          {["a", "b", "c", "d"].map((key) => (
            <Skeleton key={key} className="h-16" />
          ))}
        </div>
        <Skeleton className="mt-8 h-56" />
      </div>
      <div className="glass h-[420px] p-5 rail:col-span-4!">
        <Skeleton className="h-5 w-1/3" />
        <Skeleton className="mt-6 h-9" />
        <Skeleton className="mt-4 h-9" />
      </div>
    </div>
  );
}
