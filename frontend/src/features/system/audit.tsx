import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight, Download, History, SearchX } from "lucide-react";
import { useState } from "react";
import type { AuditEntry } from "@/api/types";
import { clock, date, fullTime, whole } from "@/text/format";
import { useText } from "@/text/i18n";
import type { TextKey } from "@/text/translate";
import { Button, IconButton } from "@/ui/button";
import { useProblemText } from "@/ui/problem-text";
import { SearchField } from "@/ui/search-field";
import { Empty, Failed, Skeleton } from "@/ui/states";
import { toast } from "@/ui/toast";
import { changesOf } from "./changes";
import { auditPageSize, auditQuery, saveAuditCsv } from "./queries";
import { type AuditFilter, kinds, spans } from "./search";
import { useSystemView } from "./use-view";

const wholeList: AuditFilter = { kind: undefined, span: undefined, q: undefined };

/** Who changed what, the newest first; filters and page stand in the address. */
export function Audit() {
  const { t } = useText();
  const { search, change } = useSystemView();
  const { kind, span, q, page = 1 } = search;
  const filter = { kind, span, q };
  const audit = useQuery(auditQuery(filter, page));
  const total = audit.data?.total ?? 0;
  const last = Math.max(1, Math.ceil(total / auditPageSize));
  const narrow = (next: AuditFilter) => change({ ...next, page: undefined });
  return (
    <section className="glass glass-list glass-soft overflow-clip pb-1" aria-labelledby="audit">
      <div className="card-head pb-1">
        <h2 id="audit" className="flex-1">
          {t("system.audit")}
        </h2>
        <Export filter={filter} disabled={total === 0} />
      </div>
      <div className="flex flex-wrap items-center gap-2 px-(--pad) pt-1 pb-3">
        <SearchField
          label={t("system.auditSearch")}
          placeholder={t("system.auditSearch")}
          value={q ?? ""}
          onChange={(next) => narrow({ q: next || undefined })}
          className="w-[220px] max-md:w-full"
        />
        <Chips
          label={t("system.auditKind")}
          words={kinds}
          chosen={kind}
          name={(one) => t(`system.kind.${one}`)}
          onChoose={(next) => narrow({ kind: next })}
        />
        <Chips
          label={t("system.auditSpan")}
          words={spans}
          chosen={span}
          name={(one) => t(`console.chart.last.${one}`)}
          onChoose={(next) => narrow({ span: next })}
        />
      </div>
      {audit.data ? (
        audit.data.items.length > 0 ? (
          <ul>
            {audit.data.items.map((entry) => (
              <Entry key={entry.id} entry={entry} />
            ))}
          </ul>
        ) : kind || span || q || page > 1 ? (
          <Empty
            small
            icon={<SearchX size={20} strokeWidth={1.75} />}
            title={t("system.auditNoMatch")}
            hint={t("system.auditNoMatchHint")}
            action={<Button onClick={() => narrow(wholeList)}>{t("system.auditAll")}</Button>}
          />
        ) : (
          <Empty small icon={<History size={20} strokeWidth={1.75} />} title={t("system.auditNone")} hint={t("system.auditNoneHint")} />
        )
      ) : audit.isError ? (
        <Failed error={audit.error} onRetry={() => void audit.refetch()} />
      ) : (
        <div className="p-5" aria-busy="true">
          <Skeleton className="h-24" />
        </div>
      )}
      {last > 1 && (
        <footer className="flex min-h-13 items-center border-t border-line py-1 pr-2 pl-(--pad) text-caption text-ink-3">
          <span role="status" className="flex-1">
            {t("system.auditPage", { page: whole(page), last: whole(last), total: whole(total) })}
          </span>
          <IconButton label={t("system.newer")} disabled={page <= 1} onClick={() => change({ page: page > 2 ? page - 1 : undefined })}>
            <ChevronLeft size={18} aria-hidden />
          </IconButton>
          <IconButton label={t("system.older")} disabled={page >= last} onClick={() => change({ page: page + 1 })}>
            <ChevronRight size={18} aria-hidden />
          </IconButton>
        </footer>
      )}
    </section>
  );
}

interface ChipsProps<W extends string> {
  label: string;
  words: readonly W[];
  chosen: W | undefined;
  name: (word: W) => string;
  onChoose: (word: W | undefined) => void;
}

/** A few words of which one or none is chosen. */
function Chips<W extends string>({ label, words, chosen, name, onChoose }: ChipsProps<W>) {
  return (
    <div role="group" aria-label={label} className="chip-row">
      {words.map((word) => (
        <button
          key={word}
          type="button"
          className="chip"
          aria-pressed={chosen === word}
          onClick={() => onChoose(chosen === word ? undefined : word)}
        >
          {name(word)}
        </button>
      ))}
    </div>
  );
}

function Export({ filter, disabled }: { filter: AuditFilter; disabled: boolean }) {
  const { t } = useText();
  const problemText = useProblemText();
  const [busy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    await saveAuditCsv(filter).catch((error) => toast("error", t("error.failed", { reason: problemText(error) })));
    setBusy(false);
  };
  return (
    <Button
      variant="ghost"
      small
      icon={<Download size={14} aria-hidden />}
      disabled={disabled}
      busy={busy}
      busyLabel={t("system.exporting")}
      onClick={run}
    >
      {t("system.export")}
    </Button>
  );
}

function Entry({ entry }: { entry: AuditEntry }) {
  const { t, language } = useText();
  const changes = changesOf(t, language, entry);
  const action = `system.action.${entry.action}`;
  // An operation that came with a newer gateway keeps its own name.
  const words = t(action as TextKey);
  const who = entry.address ? [entry.username, entry.address] : [t("system.itself")];
  return (
    <li className="grid grid-cols-[132px_minmax(0,1fr)_auto] items-baseline gap-x-4 gap-y-0.5 border-t border-line px-(--pad) py-2.5 text-small max-md:grid-cols-[minmax(0,1fr)_auto]">
      <time dateTime={entry.time} className="whitespace-nowrap text-ink-3 max-md:order-2" title={fullTime(entry.time, language)}>
        {date(entry.time, Date.now(), language)} {clock(entry.time, true)}
      </time>
      <span className="min-w-0 break-words max-md:order-1">
        <span title={`${entry.action} ${entry.target}`}>{words === action ? entry.action : words}</span>
        <Target path={entry.target} />
      </span>
      <span className="text-caption whitespace-nowrap text-ink-3 max-md:order-4 max-md:col-span-2">{who.join(" · ")}</span>
      {changes.length > 0 && (
        <ul className="audit-changes col-span-2 col-start-2 max-md:order-3 max-md:col-start-1">
          {changes.map(({ label, before, after }) => (
            <li key={label}>
              {label}
              {before !== undefined && <del>{before}</del>}
              {after !== undefined && <b>{after}</b>}
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

/** What was changed: a Gemini key leads to its panel, other things are named. */
function Target({ path }: { path: string }) {
  const [, kind, id = ""] = path.split("/");
  const number = /^\d+$/.test(id) && `#${id}`;
  if (kind === "gemini-keys" && number) {
    return (
      <Link to="/keys" search={{ key: Number(id) }} className="link ml-2">
        {number}
      </Link>
    );
  }
  if (kind === "models" && id && id !== "sync") return <span className="mono ml-2">{decodeURIComponent(id)}</span>;
  if (kind === "user-keys" && number) return <span className="ml-2 text-ink-2">{number}</span>;
  return null;
}
