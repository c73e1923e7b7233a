import type { UseQueryResult } from "@tanstack/react-query";
import { useState } from "react";
import type { OpenSession } from "@/api/types";
import { ago, fullTime } from "@/text/format";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Dialog } from "@/ui/dialog";
import { useProblemText } from "@/ui/problem-text";
import { Failed, Skeleton } from "@/ui/states";
import { toast } from "@/ui/toast";
import { useNow } from "@/ui/use-now";
import { browserOf } from "./browser";
import { PasswordDialog } from "./password-dialog";
import { useEndSessions } from "./queries";
import { useSystemView } from "./use-view";

const mostShown = 5;

/** Who is logged in where, and the password that lets them. */
export function SessionsCard({ sessions }: { sessions: UseQueryResult<OpenSession[]> }) {
  const { t } = useText();
  const problemText = useProblemText();
  const end = useEndSessions();
  const { search, change } = useSystemView();
  const [ending, setEnding] = useState<OpenSession | "all">();
  // The present one is always in sight; there may be many that nobody uses any more.
  const [all, setAll] = useState(false);
  const items = sessions.data?.toSorted((a, b) => Number(b.current) - Number(a.current)) ?? [];
  const others = items.filter((session) => !session.current);
  const shown = all ? items : items.slice(0, mostShown);
  const close = () => setEnding(undefined);
  const run = (these: readonly OpenSession[]) =>
    end.mutate(these, {
      onSuccess: (out) => !out && toast("done", t("system.ended", { count: these.length })),
      onError: (error) => toast("error", t("error.failed", { reason: problemText(error) })),
      onSettled: close,
    });
  return (
    <section className="glass pb-1" aria-labelledby="sessions">
      <div className="card-head flex-wrap pb-2.5">
        <h2 id="sessions">{t("system.sessions")}</h2>
        <span className="ml-auto flex flex-wrap gap-2">
          <Button small onClick={() => change({ open: "password" })}>
            {t("system.changePassword")}
          </Button>
          <Button variant="danger" small disabled={items.length === 0} onClick={() => setEnding("all")}>
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
                {session.address} · <Since at={session.started_at} text="system.loggedIn" /> ·{" "}
                <Since at={session.last_used_at} text="system.lastUsed" />
              </span>
            </span>
            {!session.current && (
              <Button variant="ghost" small onClick={() => setEnding(session)}>
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
      {typeof ending === "object" && (
        <Confirm
          title={t("system.endTitle")}
          hint={t("system.endHint", { client: browserOf(ending.user_agent) ?? t("system.otherClient"), address: ending.address })}
          action={t("system.end")}
          busyLabel={t("system.ending")}
          busy={end.isPending}
          onConfirm={() => run([ending])}
          onClose={close}
        />
      )}
      {ending === "all" && (
        <Dialog
          open
          onClose={close}
          width={440}
          title={t("system.endAllTitle")}
          hint={t("system.endAllHint")}
          footer={
            <>
              <Button variant="ghost" data-autofocus onClick={close}>
                {t("action.cancel")}
              </Button>
              <span className="flex-1" />
              <Button disabled={end.isPending || others.length === 0} onClick={() => run(others)}>
                {t("system.endOthers")}
              </Button>
              <Button variant="danger" busy={end.isPending} busyLabel={t("system.ending")} onClick={() => run(items)}>
                {t("system.endAllNow")}
              </Button>
            </>
          }
        />
      )}
    </section>
  );
}

function Since({ at, text }: { at: string; text: "system.lastUsed" | "system.loggedIn" }) {
  const { t, language } = useText();
  const now = useNow();
  return (
    <span className="inline-block" title={fullTime(at, language)}>
      {t(text, { ago: ago(at, now, language) })}
    </span>
  );
}
