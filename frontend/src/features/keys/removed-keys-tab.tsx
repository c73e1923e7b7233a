import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { RotateCcw, Trash2 } from "lucide-react";
import type { ComponentProps } from "react";
import type { GeminiKey } from "@/api/types";
import { ago, fullTime } from "@/text/format";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { CleanupPlanView } from "@/ui/plan";
import { useProblemText } from "@/ui/problem-text";
import { SearchField } from "@/ui/search-field";
import { Empty, Failed } from "@/ui/states";
import { toast } from "@/ui/toast";
import { useNow } from "@/ui/use-now";
import { KeyTableSkeleton } from "./key-table";
import { NoMatch } from "./no-match";
import { Pager } from "./pager";
import { cleanupQuery, geminiKeysQuery, useChangeKeys, useRestoreKey, useRunCleanup } from "./queries";
import { ChooseKey, ChoosePage, SelectionBar } from "./selection-bar";
import { useKeysView } from "./use-keys-view";
import { type Selection, useSelection } from "./use-selection";

/** Keys that were taken out of the pool and can come back, and above them those that the next cleanup would add. */
export function RemovedKeysTab() {
  const { t } = useText();
  const { search, change } = useKeysView();
  const page = search.page ?? 1;
  const keys = useQuery(geminiKeysQuery({ page, sort: "-removed_at", state: "removed", q: search.q }));
  const selection = useSelection({ ...search, state: "removed" });
  const plan = useQuery(cleanupQuery());
  const list =
    keys.data && !plan.isPending ? (
      <>
        <NextCleanup plan={plan} />
        {(keys.data.counts.removed > 0 || search.q) && (
          <div className="flex px-4 py-3">
            <SearchField
              label={t("keys.searchLabel")}
              placeholder={t("keys.search")}
              value={search.q ?? ""}
              onChange={(q) => change({ q: q || undefined, page: undefined })}
              className="w-[220px] max-md:flex-1"
            />
          </div>
        )}
        {keys.data.items.length > 0 ? (
          <RemovedTable keys={keys.data.items} selection={selection} />
        ) : search.q ? (
          <NoMatch />
        ) : (
          <Empty icon={<Trash2 size={20} strokeWidth={1.75} />} title={t("keys.removedEmptyTitle")} hint={t("keys.removedEmptyHint")} />
        )}
        <Pager page={page} total={keys.data.total} onPage={(next) => change({ page: next })} />
      </>
    ) : keys.isError ? (
      <Failed error={keys.error} onRetry={() => void keys.refetch()} />
    ) : (
      <KeyTableSkeleton />
    );
  return (
    <>
      <section className="glass glass-list overflow-clip">{list}</section>
      {selection.active && keys.data && <RestoreBar selection={selection} total={keys.data.total} />}
    </>
  );
}

function NextCleanup({ plan }: Pick<ComponentProps<typeof CleanupPlanView>, "plan">) {
  const { t } = useText();
  const change = useChangeKeys();
  const problemText = useProblemText();
  const undo = (ids: number[]) =>
    change.mutate(
      { ids, action: "restore" },
      {
        onSuccess: ({ changed }) => toast("done", t("bulk.done.restored", { count: changed })),
        onError: (error) => toast("error", t("error.failed", { reason: problemText(error) })),
      },
    );
  return (
    <div className="px-4 pt-4 *:mb-0">
      <CleanupPlanView
        plan={plan}
        run={useRunCleanup()}
        onUndo={undo}
        more={
          <Link to="/settings" search={{ section: "health" }} className="btn btn-ghost btn-small text-acc!">
            {t("keys.cleanupSettings")}
          </Link>
        }
      />
    </div>
  );
}

function RemovedTable({ keys, selection }: { keys: readonly GeminiKey[]; selection: Selection }) {
  const { t } = useText();
  return (
    <table className="data-table">
      <colgroup>
        <col className="w-11" />
        <col />
        <col className="w-36 max-md:hidden" />
        <col className="w-44 max-md:hidden" />
        <col className="w-28" />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">
            <ChoosePage selection={selection} ids={keys.map((key) => key.id)} />
          </th>
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
        {keys.map((key) => (
          <RemovedRow key={key.id} of={key} selection={selection} />
        ))}
      </tbody>
    </table>
  );
}

function RemovedRow({ of: key, selection }: { of: GeminiKey; selection: Selection }) {
  const { t, language } = useText();
  const now = useNow();
  const problemText = useProblemText();
  const restore = useRestoreKey();
  const when = key.removed_at && <span title={fullTime(key.removed_at, language)}>{ago(key.removed_at, now, language)}</span>;
  const run = () =>
    restore.mutate(key.id, {
      onSuccess: (restored) => toast("done", t("keys.restored", { name: restored.name })),
      onError: (error) => toast("error", t("error.failed", { reason: problemText(error) })),
    });
  return (
    <tr data-chosen={selection.has(key.id) || undefined}>
      <td>
        <ChooseKey selection={selection} of={key} />
      </td>
      <td>
        <span className="mono cut block leading-5 text-ink">{key.masked}</span>
        <span className="cut block text-caption text-ink-2">
          <span>{key.name}</span>
          <span className="text-ink-3 md:hidden"> · {when}</span>
        </span>
      </td>
      <td className="max-md:hidden">
        {key.project ? (
          <span className="tag">
            <span className="cut">{key.project}</span>
          </span>
        ) : (
          <span className="text-ink-3">—</span>
        )}
      </td>
      <td className="max-md:hidden">{when}</td>
      <td className="text-right">
        <Button small icon={<RotateCcw size={14} aria-hidden />} busy={restore.isPending} onClick={run}>
          {t("keys.restore")}
        </Button>
      </td>
    </tr>
  );
}

/** Brings many back at once: those chosen, or all. */
function RestoreBar({ selection, total }: { selection: Selection; total: number }) {
  const { t } = useText();
  const { search } = useKeysView();
  const problemText = useProblemText();
  const change = useChangeKeys();
  const count = selection.whole ? total : selection.ids.size;
  const restore = () =>
    change.mutate(
      { ...selection.target({ q: search.q, state: "removed" }), action: "restore" },
      {
        onSuccess: ({ changed }) => {
          selection.clear();
          toast("done", t("bulk.done.restored", { count: changed }));
        },
        onError: (error) => toast("error", t("error.failed", { reason: problemText(error) })),
      },
    );
  return (
    <SelectionBar selection={selection} count={count} total={total} offersWhole>
      <Button variant="ghost" icon={<RotateCcw size={16} aria-hidden />} disabled={count === 0} busy={change.isPending} onClick={restore}>
        {t("keys.restore")}
      </Button>
    </SelectionBar>
  );
}
