import { useQuery } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { ago, bytes, clock, date, duration, fullTime, span } from "@/text/format";
import { useText } from "@/text/i18n";
import { classNames } from "@/ui/class-names";
import { StateDot } from "@/ui/state-dot";
import { Failed } from "@/ui/states";
import { useNow } from "@/ui/use-now";
import { systemQuery } from "./queries";
import { ReplicasDialog } from "./replicas-dialog";
import { useSystemView } from "./use-view";

/** What the gateway says of itself. Each fact keeps its place before it is known, so that nothing moves when it comes. */
export function ServerCard() {
  const { t, language } = useText();
  const system = useQuery(systemQuery());
  const { search, change } = useSystemView();
  const now = useNow();
  const data = system.data;
  if (system.isError && !data) {
    return (
      <section className="glass">
        <Failed error={system.error} onRetry={() => void system.refetch()} />
      </section>
    );
  }
  const { database, replicas } = data ?? {};
  const moment = (at: string) => `${date(at, now, language)} ${clock(at)}`;
  const answered = duration((database?.latency_ms ?? 0) / 1000, language);
  const several = (replicas?.length ?? 0) > 1;
  const commit = data && !data.version.includes(data.commit.slice(0, 7)) ? ` (${data.commit.slice(0, 7)})` : "";
  return (
    <section className="glass px-(--pad) py-4.5" aria-label={t("system.server")} aria-busy={!data}>
      <dl className="facts">
        <Fact name={t("system.version")} more={data && `Go ${data.go_version.replace("go", "")}`}>
          {data && data.version + commit}
        </Fact>
        <Fact
          name={t("system.uptime")}
          more={data && <span title={fullTime(data.started_at, language)}>{t("system.since", { time: moment(data.started_at) })}</span>}
        >
          {data && span(now - Date.parse(data.started_at), language)}
        </Fact>
        <Fact name={t("system.memory")} more={data && t("system.goroutines", { count: data.goroutines })}>
          {data && bytes(data.memory_bytes)}
        </Fact>
        <Fact
          name={t("system.database")}
          more={
            database?.ok && (
              <span title={t("system.answers", { span: answered })}>
                {[typeof database.size_bytes === "number" && bytes(database.size_bytes), answered].filter(Boolean).join(" · ")}
              </span>
            )
          }
        >
          {database && (
            <span className="flex items-center gap-2">
              <StateDot state={database.ok ? "healthy" : "failing"} />
              {database.kind === "postgres" ? "PostgreSQL" : "SQLite"} · {t(database.ok ? "system.databaseOk" : "system.databaseBad")}
            </span>
          )}
        </Fact>
        <Fact
          name={t("system.replicas")}
          warns={several}
          more={
            several ? (
              <button
                type="button"
                className="link relative inline-flex items-center gap-1 after:absolute after:inset-x-0 after:-inset-y-3.5"
                onClick={() => change({ open: "replicas" })}
              >
                <TriangleAlert size={13} aria-hidden />
                {t("system.apart")}
              </button>
            ) : (
              replicas?.[0]?.host
            )
          }
        >
          {data && (replicas ? t("system.replicaCount", { count: replicas.length }) : t("system.unknown"))}
        </Fact>
      </dl>
      {system.isError && data && (
        <p role="status" className="mt-3 text-caption text-rest">
          {t("system.stale", { ago: ago(new Date(system.dataUpdatedAt).toISOString(), now, language) })}
        </p>
      )}
      {search.open === "replicas" && replicas && <ReplicasDialog replicas={replicas} onClose={() => change({ open: undefined })} />}
    </section>
  );
}

interface FactProps {
  name: string;
  /** A line beneath; its place is kept where there is none. */
  more: ReactNode;
  warns?: boolean;
  children: ReactNode;
}

function Fact({ name, more, warns, children }: FactProps) {
  const title = (text: ReactNode) => (typeof text === "string" ? text : undefined);
  return (
    <div className="min-w-0">
      <dt className="text-caption text-ink-3">{name}</dt>
      <dd className="cut h-5.5 font-medium" title={title(children)}>
        {children ?? <i className="skeleton block h-4 w-2/3" aria-hidden="true" />}
      </dd>
      <dd className={classNames("h-4.5 text-caption", warns ? "text-rest [--acc:var(--rest)]" : "cut text-ink-3")} title={title(more)}>
        {more}
      </dd>
    </div>
  );
}
