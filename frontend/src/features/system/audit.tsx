import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight, History } from "lucide-react";
import { useState } from "react";
import type { AuditEntry } from "@/api/types";
import { clock, date, fullTime, whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { IconButton } from "@/ui/button";
import { Empty, Failed, Skeleton } from "@/ui/states";
import { auditPageSize, auditQuery } from "./queries";

/** Who changed what, the newest first. */
export function Audit() {
  const { t } = useText();
  const [page, setPage] = useState(1);
  const audit = useQuery(auditQuery(page));
  const last = Math.max(1, Math.ceil((audit.data?.total ?? 0) / auditPageSize));
  return (
    <section className="glass glass-soft pb-1">
      <div className="card-head pb-2.5">
        <h2>{t("system.audit")}</h2>
        {last > 1 && (
          <span className="ml-auto flex items-center text-caption text-ink-3">
            <span role="status">{t("system.auditPage", { page: whole(page), last: whole(last) })}</span>
            <IconButton label={t("system.newer")} disabled={page === 1} onClick={() => setPage(page - 1)}>
              <ChevronLeft size={18} aria-hidden />
            </IconButton>
            <IconButton label={t("system.older")} disabled={page === last} onClick={() => setPage(page + 1)}>
              <ChevronRight size={18} aria-hidden />
            </IconButton>
          </span>
        )}
      </div>
      {audit.data ? (
        audit.data.items.length === 0 ? (
          <Empty small icon={<History size={20} strokeWidth={1.75} />} title={t("system.auditNone")} hint={t("system.auditNoneHint")} />
        ) : (
          <ul>
            {audit.data.items.map((entry) => (
              <Entry key={entry.id} entry={entry} />
            ))}
          </ul>
        )
      ) : audit.isError ? (
        <Failed error={audit.error} onRetry={() => void audit.refetch()} />
      ) : (
        <div className="p-5" aria-busy="true">
          <Skeleton className="h-24" />
        </div>
      )}
    </section>
  );
}

function Entry({ entry }: { entry: AuditEntry }) {
  const { language } = useText();
  const changes = changesOf(entry);
  return (
    <li className="grid grid-cols-[128px_minmax(0,220px)_minmax(0,1fr)_auto] items-baseline gap-x-4 border-t border-line px-(--pad) py-2.5 text-small max-md:grid-cols-[minmax(0,1fr)_auto]">
      <span className="whitespace-nowrap text-ink-3 max-md:order-2" title={fullTime(entry.time, language)}>
        {date(entry.time, Date.now(), language)} {clock(entry.time, true)}
      </span>
      <span className="mono cut max-md:order-1" title={entry.target}>
        {entry.action}
      </span>
      <span className="mono text-caption break-words text-ink-2 max-md:order-3 max-md:col-span-2">{changes || entry.target}</span>
      <span className="text-caption whitespace-nowrap text-ink-3 max-md:order-4 max-md:col-span-2">
        {entry.username} · {entry.address}
      </span>
    </li>
  );
}

const longest = 240;

/** What changed, in the API's own names: "queue_wait 10 → 3". */
function changesOf({ before, after }: AuditEntry): string {
  const old = (before ?? {}) as Record<string, unknown>;
  const now = (after ?? {}) as Record<string, unknown>;
  const words = (value: unknown) =>
    value === undefined || value === null ? "—" : typeof value === "string" ? value : JSON.stringify(value);
  const text = [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((name) => JSON.stringify(old[name]) !== JSON.stringify(now[name]))
    .map((name) => (before ? `${name} ${words(old[name])} → ${words(now[name])}` : `${name} ${words(now[name])}`))
    .join(", ");
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
