import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight, History, SearchX } from "lucide-react";
import type { AuditEntry } from "@/api/types";
import { clock, date, fullTime, whole } from "@/text/format";
import { useText } from "@/text/i18n";
import type { TextFunction } from "@/text/translate";
import { Button, IconButton } from "@/ui/button";
import { SearchField } from "@/ui/search-field";
import { Empty, Failed, Skeleton } from "@/ui/states";
import { auditPageSize, auditQuery } from "./queries";
import { type Kind, kinds } from "./search";
import { useSystemView } from "./use-view";

/** How the paths of each kind begin; the gateway searches for it. */
const paths: Record<Kind, string> = {
  sign: "/auth/",
  keys: "/gemini-keys",
  users: "/user-keys",
  models: "/models",
  settings: "/settings",
};

/** Who changed what, the newest first; filter and page stand in the address. */
export function Audit() {
  const { t } = useText();
  const { search, change } = useSystemView();
  const { kind, q, page = 1 } = search;
  const audit = useQuery(auditQuery(page, kind ? paths[kind] : (q ?? "")));
  const total = audit.data?.total ?? 0;
  const last = Math.max(1, Math.ceil(total / auditPageSize));
  const narrowed = kind !== undefined || q !== undefined;
  return (
    <section className="glass glass-list glass-soft overflow-clip pb-1" aria-labelledby="audit">
      <div className="card-head pb-1">
        <h2 id="audit">{t("system.audit")}</h2>
      </div>
      <div className="flex flex-wrap items-center gap-2 px-(--pad) pt-1 pb-3">
        <SearchField
          label={t("system.auditSearch")}
          placeholder={t("system.auditSearch")}
          value={q ?? ""}
          onChange={(next) => change({ q: next || undefined, kind: undefined, page: undefined })}
          className="w-[220px] max-md:w-full"
        />
        <div role="group" aria-label={t("system.auditKind")} className="flex flex-wrap gap-1.5">
          {kinds.map((one) => (
            <button
              key={one}
              type="button"
              className="chip"
              aria-pressed={kind === one}
              onClick={() => change({ kind: kind === one ? undefined : one, q: undefined, page: undefined })}
            >
              {t(`system.kind.${one}`)}
            </button>
          ))}
        </div>
      </div>
      {audit.data ? (
        audit.data.items.length > 0 ? (
          <ul>
            {audit.data.items.map((entry) => (
              <Entry key={entry.id} entry={entry} />
            ))}
          </ul>
        ) : narrowed ? (
          <Empty
            small
            icon={<SearchX size={20} strokeWidth={1.75} />}
            title={t("system.auditNoMatch")}
            hint={t("system.auditNoMatchHint")}
            action={<Button onClick={() => change({ q: undefined, kind: undefined, page: undefined })}>{t("system.auditAll")}</Button>}
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
          <IconButton label={t("system.newer")} disabled={page <= 1} onClick={() => change({ page: page - 1 })}>
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

function Entry({ entry }: { entry: AuditEntry }) {
  const { t, language } = useText();
  const changes = changesOf(entry);
  return (
    <li className="grid grid-cols-[132px_minmax(0,1fr)_auto] items-baseline gap-x-4 gap-y-0.5 border-t border-line px-(--pad) py-2.5 text-small max-md:grid-cols-[minmax(0,1fr)_auto]">
      <span className="whitespace-nowrap text-ink-3 max-md:order-2" title={fullTime(entry.time, language)}>
        {date(entry.time, Date.now(), language)} {clock(entry.time, true)}
      </span>
      <span className="min-w-0 max-md:order-1">
        <span title={`${entry.action} ${entry.target}`}>{actionText(t, entry.action)}</span>
        <Target path={entry.target} />
      </span>
      <span className="text-caption whitespace-nowrap text-ink-3 max-md:order-4 max-md:col-span-2">
        {entry.username} · {entry.address}
      </span>
      {changes && (
        <span className="mono col-span-2 col-start-2 text-caption break-words text-ink-2 max-md:order-3 max-md:col-start-1">{changes}</span>
      )}
    </li>
  );
}

/** What was changed: a Gemini key leads to its panel, other things are named. */
function Target({ path }: { path: string }) {
  const [, kind, id = ""] = path.split("/");
  const key = kind === "gemini-keys" && /^\d+$/.test(id) ? Number(id) : undefined;
  if (key !== undefined) {
    return (
      <Link to="/keys" search={{ key }} className="link ml-2">
        #{key}
      </Link>
    );
  }
  if (kind === "models" && id && id !== "sync") return <span className="mono ml-2">{decodeURIComponent(id)}</span>;
  if (kind === "user-keys" && /^\d+$/.test(id)) return <span className="ml-2 text-ink-2">#{id}</span>;
  return null;
}

const actions = [
  "login",
  "logout",
  "changePassword",
  "endSession",
  "importGeminiKeys",
  "updateGeminiKey",
  "removeGeminiKey",
  "restoreGeminiKey",
  "wakeGeminiKey",
  "checkGeminiKey",
  "checkGeminiKeys",
  "bulkGeminiKeys",
  "changeGeminiKeys",
  "runCleanup",
  "createUserKey",
  "updateUserKey",
  "deleteUserKey",
  "rotateUserKey",
  "putModel",
  "resetModel",
  "syncModels",
  "updateSettings",
  "makeBackup",
  "restoreBackup",
  "deleteFile",
] as const;

/** An operation in words; one that came with a newer gateway keeps its own name. */
function actionText(t: TextFunction, action: string): string {
  const known = actions.find((one) => one === action);
  return known ? t(`system.action.${known}`) : action;
}

const longest = 240;

/** What changed, in the API's own names: "queue_wait 10 → 3". Of something new, what is not empty. */
function changesOf({ before, after }: AuditEntry): string {
  const old = (before ?? {}) as Record<string, unknown>;
  const now = (after ?? {}) as Record<string, unknown>;
  const words = (value: unknown) =>
    value === undefined || value === null ? "—" : typeof value === "string" ? value || "—" : JSON.stringify(value);
  const empty = (value: unknown) => value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
  const text = [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((name) => (before ? JSON.stringify(old[name]) !== JSON.stringify(now[name]) : !empty(now[name])))
    .map((name) => (before ? `${name} ${words(old[name])} → ${words(now[name])}` : `${name} ${words(now[name])}`))
    .join(", ");
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
