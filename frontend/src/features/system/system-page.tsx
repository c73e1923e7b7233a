import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ago, bytes, fullTime, span } from "@/text/format";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { PageHead } from "@/ui/page-head";
import { useProblemText } from "@/ui/problem-text";
import { StateDot } from "@/ui/state-dot";
import { Failed, Skeleton } from "@/ui/states";
import { toast } from "@/ui/toast";
import { useNow } from "@/ui/use-now";
import { ApiCard } from "./api-card";
import { Audit } from "./audit";
import { BackupCard } from "./backup-card";
import { PasswordDialog } from "./password-dialog";
import { sessionsQuery, systemQuery, useEndSessions } from "./queries";
import { useSystemView } from "./use-view";

const refreshMs = 5_000;
const mostShown = 5;

export function SystemPage() {
  const { t } = useText();
  return (
    <>
      <PageHead title={t("system.title")} />
      <div className="grid grid-cols-12 items-start gap-(--gap) *:col-span-12">
        <ServerCard />
        <div className="grid grid-cols-2 gap-(--gap) max-rail:grid-cols-1">
          <BackupCard />
          <ApiCard />
        </div>
        <SessionsCard />
        <Audit />
      </div>
    </>
  );
}

function ServerCard() {
  const { t, language } = useText();
  const system = useQuery({ ...systemQuery(), refetchInterval: refreshMs });
  if (system.isError && !system.data) {
    return (
      <section className="glass">
        <Failed error={system.error} onRetry={() => void system.refetch()} />
      </section>
    );
  }
  const data = system.data;
  const facts = data && [
    [
      t("system.version"),
      data.commit && !data.version.includes(data.commit.slice(0, 7)) ? `${data.version} (${data.commit.slice(0, 7)})` : data.version,
    ],
    [
      t("system.uptime"),
      <span key="up" title={fullTime(data.started_at, language)}>
        {span(data.uptime_seconds * 1000, language)}
      </span>,
    ],
    [t("system.memory"), bytes(data.memory_bytes)],
    [t("system.goroutines"), String(data.goroutines)],
    [
      t("system.database"),
      <span key="db" className="flex items-center gap-2">
        <StateDot state={data.database.ok ? "healthy" : "failing"} />
        {data.database.kind === "postgres" ? "PostgreSQL" : "SQLite"} · {t(data.database.ok ? "system.databaseOk" : "system.databaseBad")}
      </span>,
    ],
    ["Go", data.go_version.replace("go", "")],
  ];
  return (
    <section className="glass px-(--pad) py-4.5" aria-label={t("system.server")}>
      {facts ? (
        <dl className="grid grid-cols-3 gap-x-8 gap-y-4 rail:grid-cols-6 max-md:grid-cols-2">
          {facts.map(([name, value]) => (
            <div key={String(name)} className="min-w-0">
              <dt className="text-caption text-ink-3">{name}</dt>
              <dd className="font-medium break-words">{value}</dd>
            </div>
          ))}
        </dl>
      ) : (
        <Skeleton className="h-[104px] rail:h-11 max-md:h-[152px]" />
      )}
    </section>
  );
}

/** Who is logged in where, and the password that lets them. */
function SessionsCard() {
  const { t } = useText();
  const problemText = useProblemText();
  const sessions = useQuery({ ...sessionsQuery(), refetchInterval: refreshMs });
  const end = useEndSessions();
  const { search, change } = useSystemView();
  const [ending, setEnding] = useState(false);
  const items = sessions.data?.items ?? [];
  // The present one is always in sight; there may be many that nobody uses any more.
  const [all, setAll] = useState(false);
  const shown = all ? items : items.toSorted((a, b) => Number(b.current) - Number(a.current)).slice(0, mostShown);
  const run = (these: typeof items, done: string) =>
    end.mutate(these, {
      onSuccess: (out) => !out && toast("done", done),
      onError: (error) => toast("error", t("error.failed", { reason: problemText(error) })),
    });
  return (
    <section className="glass pb-1">
      <div className="card-head flex-wrap pb-2.5">
        <h2>{t("system.sessions")}</h2>
        <span className="ml-auto flex flex-wrap gap-2">
          <Button small onClick={() => change({ open: "password" })}>
            {t("system.changePassword")}
          </Button>
          <Button variant="danger" small disabled={items.length === 0} onClick={() => setEnding(true)}>
            {t("system.endAll")}
          </Button>
        </span>
      </div>
      {sessions.isError && !sessions.data && <Failed error={sessions.error} onRetry={() => void sessions.refetch()} />}
      {sessions.isPending && (
        <div className="flex h-14 items-center border-t border-line px-(--pad)" aria-busy="true">
          <Skeleton className="h-9 w-1/2" />
        </div>
      )}
      <ul>
        {shown.map((session) => (
          <li key={session.id} className="flex min-h-14 items-center gap-4 border-t border-line px-(--pad) py-2">
            <span className="min-w-0 flex-1">
              <span className="cut block" title={session.user_agent}>
                {browserOf(session.user_agent) ?? t("system.otherClient")}
                {session.current && <span className="tag ml-2 bg-ok-soft! text-ok!">{t("system.thisOne")}</span>}
              </span>
              <span className="block text-caption text-ink-3">
                {session.address} · <LastSeen at={session.last_used_at} />
              </span>
            </span>
            {!session.current && (
              <Button variant="ghost" small onClick={() => run([session], t("system.ended"))}>
                {t("system.end")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {items.length > shown.length && (
        <div className="border-t border-line px-2 py-1.5">
          <Button variant="ghost" small onClick={() => setAll(true)}>
            {t("system.moreSessions", { count: items.length - shown.length })}
          </Button>
        </div>
      )}
      {search.open === "password" && <PasswordDialog onClose={() => change({ open: undefined })} />}
      {ending && (
        <Dialog
          open
          onClose={() => setEnding(false)}
          width={440}
          title={t("system.endAllTitle")}
          hint={t("system.endAllHint")}
          footer={
            <>
              <span className="flex-1" />
              <Button variant="ghost" onClick={() => setEnding(false)}>
                {t("action.cancel")}
              </Button>
              <Button variant="danger" data-autofocus busy={end.isPending} onClick={() => run(items, "")}>
                {t("system.endAll")}
              </Button>
            </>
          }
        />
      )}
    </section>
  );
}

function LastSeen({ at }: { at: string }) {
  const { t, language } = useText();
  const now = useNow();
  return <span title={fullTime(at, language)}>{t("system.lastUsed", { ago: ago(at, now, language) })}</span>;
}

const browsers = [
  ["Edg/", "Edge"],
  ["Firefox/", "Firefox"],
  ["Chrome/", "Chrome"],
  ["Safari/", "Safari"],
] as const;
const systems = [
  ["Android", "Android"],
  ["iPhone", "iPhone"],
  ["iPad", "iPad"],
  ["Windows", "Windows"],
  ["Mac OS", "macOS"],
  ["Linux", "Linux"],
] as const;

/** "Chrome · Windows", as far as a user agent tells; undefined where it is no browser we know. */
function browserOf(agent: string): string | undefined {
  const browser = browsers.find(([mark]) => agent.includes(mark))?.[1];
  const system = systems.find(([mark]) => agent.includes(mark))?.[1];
  return browser && [browser, system].filter(Boolean).join(" · ");
}
