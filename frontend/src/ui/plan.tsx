import type { UseMutationResult, UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import type { CleanupKey, CleanupPlan } from "@/api/types";
import { ago, fullTime, span } from "@/text/format";
import { useText } from "@/text/i18n";
import { Button } from "./button";
import { Confirm } from "./confirm";
import { useProblemText } from "./problem-text";
import { reasonText } from "./reason-text";
import { Failed, Skeleton } from "./states";
import { toast } from "./toast";
import { useNow } from "./use-now";

const shown = 6;

interface CleanupPlanViewProps {
  plan: UseQueryResult<CleanupPlan>;
  run: UseMutationResult<CleanupPlan, Error, void>;
  /** How what was removed comes back, where it can be named. */
  onUndo?: (ids: number[]) => void;
  /** What stands at the end of its first line. */
  more?: ReactNode;
}

/** What a cleanup would do now, by the saved settings, and why, and a way to do it. */
export function CleanupPlanView({ plan, run, onUndo, more }: CleanupPlanViewProps) {
  const { t, language } = useText();
  const problemText = useProblemText();
  const now = useNow();
  const [asking, setAsking] = useState(false);
  if (plan.isError && !plan.data) return <Failed error={plan.error} onRetry={() => void plan.refetch()} />;
  if (!plan.data) return <Skeleton className="mb-4 h-20" />;
  const { would_remove, would_remove_total: total, at_risk, at_risk_total, blocked, next_at, last_at, last_removed } = plan.data;
  const start = () =>
    run.mutate(undefined, {
      onSuccess: ({ would_remove, would_remove_total: count }) => {
        setAsking(false);
        const ids = would_remove.map((key) => key.id);
        const undo = onUndo && ids.length === count ? { label: t("action.undo"), run: () => onUndo(ids) } : undefined;
        toast("removed", t("plan.done", { count }), undo);
      },
      onError: (error) => {
        setAsking(false);
        toast("error", t("error.failed", { reason: problemText(error) }));
      },
    });
  return (
    <div className="mb-4 rounded-inset bg-well px-4 py-3 text-small" aria-label={t("plan.title")} role="group">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <p className="min-w-0 flex-1 font-medium">
          {blocked
            ? t(blocked === "exit_shut" ? "plan.exitShut" : "plan.noUsable")
            : total > 0
              ? t("plan.would", { count: total })
              : t("plan.none")}
        </p>
        {more}
        <Button small disabled={total === 0 || blocked !== null} onClick={() => setAsking(true)}>
          {t("plan.run")}
        </Button>
      </div>
      <PlanKeys keys={would_remove} total={total} />
      {at_risk_total > 0 && (
        <>
          <p className="mt-3 font-medium">{t("plan.risk", { count: at_risk_total })}</p>
          <PlanKeys keys={at_risk} total={at_risk_total} />
        </>
      )}
      <p className="mt-1.5 text-caption text-ink-3">
        {[
          next_at ? t("plan.next", { span: span(Date.parse(next_at) - now, language) }) : t("plan.byHand"),
          last_at && t("plan.last", { ago: ago(last_at, now, language), count: last_removed }),
        ]
          .filter(Boolean)
          .join(t("plan.separator"))}
        {last_at && <span className="sr-only">{fullTime(last_at, language)}</span>}
      </p>
      {asking && (
        <Confirm
          title={t("plan.askTitle", { count: total })}
          hint={t("plan.askHint")}
          action={t("plan.run")}
          busyLabel={t("plan.running")}
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
        <li key={key.id} className="flex flex-wrap items-center gap-x-3">
          <Link to="/keys" search={{ key: key.id }} className="mono flex min-h-8 items-center hover:underline max-md:min-h-11">
            {key.masked}
          </Link>
          <span className="text-ink-2">{key.name}</span>
          <span className="ml-auto text-caption text-ink-3">
            {reasonText(t, key.reason)} · {t("plan.badDays", { count: key.bad_days })}
            {key.days_left > 0 && ` · ${t("plan.daysLeft", { count: key.days_left })}`}
          </span>
        </li>
      ))}
      {total > shown && <li className="py-1 text-caption text-ink-3">{t("plan.more", { count: total - shown })}</li>}
    </ul>
  );
}
