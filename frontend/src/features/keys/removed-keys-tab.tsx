import { useQuery } from "@tanstack/react-query";
import { RotateCcw, Trash2 } from "lucide-react";
import type { GeminiKey } from "@/api/types";
import { ago, fullTime } from "@/text/format";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { useProblemText } from "@/ui/problem-text";
import { Empty, Failed } from "@/ui/states";
import { toast } from "@/ui/toast";
import { usePhone } from "@/ui/use-media";
import { useNow } from "@/ui/use-now";
import { KeyTableSkeleton } from "./key-table";
import { Pager } from "./pager";
import { geminiKeysQuery, useRestoreKey } from "./queries";
import { useKeysView } from "./use-keys-view";

/** Keys that were taken out of the pool and can come back. */
export function RemovedKeysTab() {
  const { t } = useText();
  const { search, change } = useKeysView();
  const phone = usePhone();
  const page = search.page ?? 1;
  const keys = useQuery(geminiKeysQuery({ page, sort: "name", state: "removed" }));
  if (keys.isError && !keys.data)
    return (
      <div className="glass">
        <Failed error={keys.error} onRetry={() => void keys.refetch()} />
      </div>
    );
  if (!keys.data)
    return (
      <div className="glass">
        <KeyTableSkeleton />
      </div>
    );
  const { items, total } = keys.data;
  if (items.length === 0) {
    return (
      <div className="glass">
        <Empty icon={<Trash2 size={20} strokeWidth={1.75} />} title={t("keys.removedEmptyTitle")} hint={t("keys.removedEmptyHint")} />
      </div>
    );
  }
  return (
    <section className="glass glass-list overflow-clip">
      <table className="data-table">
        <colgroup>
          <col />
          <col className="w-36 max-md:hidden" />
          <col className={phone ? "w-28" : "w-44"} />
          <col className="w-28 max-md:hidden" />
        </colgroup>
        <thead>
          <tr>
            <th scope="col">{t("keys.column.key")}</th>
            <th scope="col" className="max-md:hidden">
              {t("keys.column.project")}
            </th>
            <th scope="col" className="max-md:hidden">
              {t("keys.column.removedAt")}
            </th>
            <th scope="col">
              <span className="sr-only">{t("keys.column.actions")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((key) => (
            <RemovedRow key={key.id} of={key} />
          ))}
        </tbody>
      </table>
      <Pager page={page} total={total} onPage={(next) => change({ page: next })} />
    </section>
  );
}

function RemovedRow({ of: key }: { of: GeminiKey }) {
  const { t, language } = useText();
  const now = useNow();
  const problemText = useProblemText();
  const restore = useRestoreKey();
  const run = async () => {
    try {
      const restored = await restore.mutateAsync(key.id);
      toast("done", t("keys.restored", { name: restored.name }));
    } catch (error) {
      toast("error", t("error.failed", { reason: problemText(error) }));
    }
  };
  return (
    <tr>
      <td>
        <span className="mono cut block leading-5 text-ink">{key.masked}</span>
        <span className="cut block text-caption text-ink-2">{key.name}</span>
      </td>
      <td className="max-md:hidden">{key.project ? <span className="tag">{key.project}</span> : <span className="text-ink-3">—</span>}</td>
      <td className="max-md:hidden">
        {key.removed_at && <span title={fullTime(key.removed_at, language)}>{ago(key.removed_at, now, language)}</span>}
      </td>
      <td className="text-right">
        <Button small icon={<RotateCcw size={14} aria-hidden />} busy={restore.isPending} onClick={() => void run()}>
          {t("keys.restore")}
        </Button>
      </td>
    </tr>
  );
}
