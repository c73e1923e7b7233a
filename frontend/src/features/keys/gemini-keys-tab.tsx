import { useQuery } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { Empty, Failed } from "@/ui/states";
import { useMedia, usePhone } from "@/ui/use-media";
import { BulkBar } from "./bulk-bar";
import { KeyCards } from "./key-cards";
import { KeyDrawer } from "./key-drawer";
import { KeyTable, KeyTableSkeleton } from "./key-table";
import { KeyTools } from "./key-tools";
import { NoMatch } from "./no-match";
import { Pager } from "./pager";
import { geminiKeysQuery } from "./queries";
import type { useCheckAll } from "./use-check-all";
import { useKeysView } from "./use-keys-view";
import type { useProjectSearch } from "./use-project-search";
import { useSelection } from "./use-selection";

const refreshMs = 5_000;

interface GeminiKeysTabProps {
  checkAll: ReturnType<typeof useCheckAll>;
  projectSearch: ReturnType<typeof useProjectSearch>;
}

export function GeminiKeysTab({ checkAll, projectSearch }: GeminiKeysTabProps) {
  const { search, change } = useKeysView();
  const phone = usePhone();
  const pushes = useMedia("(min-width: 1180px)");
  const view = { page: search.page ?? 1, sort: search.sort ?? "name", q: search.q, state: search.state, project: search.project };
  const keys = useQuery({ ...geminiKeysQuery(view), refetchInterval: refreshMs });
  const selection = useSelection(search);
  const close = () => change({ key: undefined });
  const filtered = Boolean(search.q || search.state || search.project);
  const list = keys.data ? (
    <>
      <KeyTools counts={keys.data.counts} selection={selection} checkAll={checkAll} projectSearch={projectSearch} />
      {keys.data.items.length === 0 ? (
        <div className={phone ? "row-card" : ""}>{filtered ? <NoMatch /> : <NoKeys />}</div>
      ) : phone ? (
        <KeyCards keys={keys.data.items} selection={selection} />
      ) : (
        <KeyTable keys={keys.data.items} narrow={pushes && search.key !== undefined} selection={selection} />
      )}
      <Pager page={view.page} total={keys.data.total} onPage={(page) => change({ page })} />
    </>
  ) : keys.isError ? (
    <Failed error={keys.error} onRetry={() => void keys.refetch()} />
  ) : (
    <KeyTableSkeleton />
  );
  return (
    <div className={search.key === undefined ? "" : "push:grid push:grid-cols-[minmax(0,1fr)_392px] push:items-start push:gap-4"}>
      <div className="min-w-0">
        <section className={phone ? "@container min-w-0" : "glass glass-list @container min-w-0 overflow-clip"}>{list}</section>
        {selection.active && keys.data && (
          <BulkBar
            selection={selection}
            total={keys.data.total}
            pageChosen={keys.data.items.every((key) => selection.has(key.id))}
            onCheck={checkAll.start}
          />
        )}
      </div>
      {search.key !== undefined && <KeyDrawer key={search.key} id={search.key} onClose={close} />}
    </div>
  );
}

function NoKeys() {
  const { t } = useText();
  const { change } = useKeysView();
  return (
    <Empty
      icon={<KeyRound size={22} strokeWidth={1.75} />}
      title={t("keys.emptyTitle")}
      hint={t("keys.emptyHint")}
      action={<Button onClick={() => change({ open: "import" })}>{t("console.import")}</Button>}
    />
  );
}
