import type { Replica } from "@/api/types";
import { ago, fullTime, span } from "@/text/format";
import { useText } from "@/text/i18n";
import { Dialog } from "@/ui/dialog";
import { useNow } from "@/ui/use-now";

/** Who shares the database, and what it means that each counts quota by itself. */
export function ReplicasDialog({ replicas, onClose }: { replicas: readonly Replica[]; onClose: () => void }) {
  const { t, language } = useText();
  const now = useNow();
  return (
    <Dialog open onClose={onClose} width={600} title={t("system.replicaCount", { count: replicas.length })} hint={t("system.replicasHint")}>
      <p className="rounded-control bg-rest-soft px-3 py-2 text-small text-rest">{t("system.apartHint")}</p>
      <ul className="-mt-2">
        {replicas.map((one) => (
          <li key={one.id} className="flex min-h-14 items-center gap-4 border-line py-2 not-first:border-t">
            <span className="min-w-0 flex-1">
              <span className="flex items-center gap-2">
                <span className="cut mono">{one.host || one.id}</span>
                {one.current && <span className="tag bg-ok-soft! text-ok!">{t("system.thisReplica")}</span>}
              </span>
              <span className="block text-caption text-ink-3" title={fullTime(one.started_at, language)}>
                {t("system.replicaUp", { version: one.version, span: span(now - Date.parse(one.started_at), language) })}
              </span>
            </span>
            <span className="text-caption text-ink-3" title={fullTime(one.seen_at, language)}>
              {t("system.seen", { ago: ago(one.seen_at, now, language) })}
            </span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
