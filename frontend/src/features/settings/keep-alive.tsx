import { useQuery } from "@tanstack/react-query";
import { ago, duration, fullTime, span } from "@/text/format";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { useProblemText } from "@/ui/problem-text";
import { StateDot } from "@/ui/state-dot";
import { Failed, Skeleton } from "@/ui/states";
import { toast } from "@/ui/toast";
import { useNow } from "@/ui/use-now";
import { keepAliveQuery, usePing } from "./queries";

/** Whether the pings reach the gateway's own public address, and one more on demand. */
export function KeepAliveView() {
  const { t, language } = useText();
  const problemText = useProblemText();
  const now = useNow();
  const state = useQuery(keepAliveQuery());
  const ping = usePing();
  if (state.isError && !state.data) return <Failed error={state.error} onRetry={() => void state.refetch()} />;
  if (!state.data) return <Skeleton className="mb-4 h-16" />;
  const { target, last, next_at, sent, failed } = state.data;
  const run = () => ping.mutate(undefined, { onError: (error) => toast("error", t("error.failed", { reason: problemText(error) })) });
  const counts = [
    sent > 0 && t("settings.keep.sent", { count: sent, failed }),
    next_at && t("settings.keep.next", { span: span(Date.parse(next_at) - now, language) }),
  ].filter(Boolean);
  return (
    <div className="mb-4 rounded-inset bg-well px-4 py-3 text-small" role="group" aria-label={t("settings.keep.title")}>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1">
          {target ? <p className="mono cut">{target}</p> : <p className="text-pretty">{t("settings.keep.noTarget")}</p>}
          {last && (
            <p className="mt-0.5 flex flex-wrap items-center gap-x-2 text-ink-2" role="status" title={fullTime(last.at, language)}>
              <StateDot state={last.ok ? "healthy" : "failing"} still />
              {last.ok
                ? t("settings.keep.answered", { ago: ago(last.at, now, language), span: duration(last.latency_ms / 1000, language) })
                : t("settings.keep.missed", { ago: ago(last.at, now, language), reason: last.message || `HTTP ${last.status}` })}
            </p>
          )}
        </div>
        <Button small disabled={!target} busy={ping.isPending} busyLabel={t("settings.keep.pinging")} onClick={run}>
          {t("settings.keep.ping")}
        </Button>
      </div>
      {counts.length > 0 && <p className="mt-1 text-caption text-ink-3">{counts.join(t("settings.separator"))}</p>}
    </div>
  );
}
