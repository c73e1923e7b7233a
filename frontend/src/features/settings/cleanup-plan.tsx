import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { CleanupKey } from "@/api/types";
import { ago, fullTime, span } from "@/text/format";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { useProblemText } from "@/ui/problem-text";
import { reasonText } from "@/ui/reason-text";
import { Failed, Skeleton } from "@/ui/states";
import { toast } from "@/ui/toast";
import { useNow } from "@/ui/use-now";
import { cleanupQuery, useRunCleanup } from "./queries";

const shown = 6;

/** What a cleanup would do now, by the saved settings, and a way to do it. */
export function CleanupPlanView() {
  const { t, language } = useText();
  const problemText = useProblemText();
  const now = useNow();
  const plan = useQuery(cleanupQuery());
  const run = useRunCleanup();
  const [asking, setAsking] = useState(false);
  if (plan.isError && !plan.data) return <Failed error={plan.error} onRetry={() => void plan.refetch()} />;
  if (!plan.data) return <Skeleton className="mb-4 h-20" />;
  const { would_remove, would_remove_total: total, at_risk, at_risk_total, blocked, next_at, last_at, last_removed } = plan.data;
  const start = () =>
    run.mutate(undefined, {
      onSuccess: (done) => {
        setAsking(false);
        toast("removed", t("settings.plan.done", { count: done.would_remove_total }));
      },
      onError: (error) => {
        setAsking(false);
        toast("error", t("error.failed", { reason: problemText(error) }));
      },
    });
  return (
    <div className="mb-4 rounded-inset bg-well px-4 py-3 text-small" aria-label={t("settings.plan.title")} role="group">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <p className="min-w-0 flex-1 font-medium">
          {blocked
            ? t(blocked === "exit_shut" ? "settings.plan.exitShut" : "settings.plan.noUsable")
            : total > 0
              ? t("settings.plan.would", { count: total })
              : t("settings.plan.none")}
        </p>
        <Button small disabled={total === 0 || blocked !== null} onClick={() => setAsking(true)}>
          {t("settings.plan.run")}
        </Button>
      </div>
      <PlanKeys keys={would_remove} total={total} />
      {at_risk_total > 0 && (
        <>
          <p className="mt-3 font-medium">{t("settings.plan.risk", { count: at_risk_total })}</p>
          <PlanKeys keys={at_risk} total={at_risk_total} />
        </>
      )}
      <p className="mt-1.5 text-caption text-ink-3">
        {[
          next_at ? t("settings.plan.next", { span: span(Date.parse(next_at) - now, language) }) : t("settings.plan.byHand"),
          last_at && t("settings.plan.last", { ago: ago(last_at, now, language), count: last_removed }),
        ]
          .filter(Boolean)
          .join(t("settings.separator"))}
        {last_at && <span className="sr-only">{fullTime(last_at, language)}</span>}
      </p>
      {asking && (
        <Confirm
          title={t("settings.plan.askTitle", { count: total })}
          hint={t("settings.plan.askHint")}
          action={t("settings.plan.run")}
          busyLabel={t("settings.plan.running")}
          busy={run.isPending}
          onConfirm={start}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  );
}

function PlanKeys({ keys, total }: { keys: readonly CleanupKey[]; total: number }) {
  const { t } = useText();
  if (keys.length === 0) return null;
  return (
    <ul className="mt-1">
      {keys.slice(0, shown).map((key) => (
        <li key={key.id} className="flex flex-wrap items-baseline gap-x-3 py-1">
          <Link to="/keys" search={{ key: key.id }} className="mono hover:underline">
            {key.masked}
          </Link>
          <span className="text-ink-2">{key.name}</span>
          <span className="ml-auto text-caption text-ink-3">
            {reasonText(t, key.reason)} · {t("settings.plan.badDays", { count: key.bad_days })}
            {key.days_left > 0 && ` · ${t("settings.plan.daysLeft", { count: key.days_left })}`}
          </span>
        </li>
      ))}
      {total > shown && <li className="py-1 text-caption text-ink-3">{t("settings.plan.more", { count: total - shown })}</li>}
    </ul>
  );
}
