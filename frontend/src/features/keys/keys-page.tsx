import { useQuery } from "@tanstack/react-query";
import { Plus, ScanSearch } from "lucide-react";
import type { ReactNode } from "react";
import { whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { PageHead } from "@/ui/page-head";
import { TabList, TabPanel } from "@/ui/tabs";
import { CheckProgress, ProjectSearchProgress } from "./check-progress";
import { CreateUserKey } from "./create-user-key";
import { GeminiKeysTab } from "./gemini-keys-tab";
import { ImportDialog } from "./import-dialog";
import { geminiKeysQuery, userKeysQuery } from "./queries";
import { RemovedKeysTab } from "./removed-keys-tab";
import type { Tab } from "./search";
import { useCheckAll } from "./use-check-all";
import { useKeysView } from "./use-keys-view";
import { useProjectSearch } from "./use-project-search";
import { UserKeysTab } from "./user-keys-tab";

export function KeysPage() {
  const { t } = useText();
  const { search, change, navigate } = useKeysView();
  const tab = search.tab ?? "gemini";
  const gemini = useQuery(geminiKeysQuery({ page: 1, sort: "id" }));
  const users = useQuery(userKeysQuery({ page: 1 }));
  const checkAll = useCheckAll(() => void navigate({ search: { state: "failing" } }));
  const projectSearch = useProjectSearch();
  const closeDialog = () => change({ open: undefined });
  const tabs: { value: Tab; content: ReactNode }[] = [
    { value: "gemini", content: tabContent(t("keys.gemini"), gemini.data?.counts.all) },
    { value: "user", content: tabContent(t("keys.user"), users.data?.total) },
    { value: "removed", content: tabContent(t("keys.removed"), gemini.data?.counts.removed) },
  ];
  return (
    <>
      <PageHead title={t("keys.title")}>
        {tab === "gemini" && (gemini.data?.counts.all ?? 1) > 0 && !checkAll.progress && (
          <Button disabled={!gemini.data} icon={<ScanSearch size={16} strokeWidth={1.75} aria-hidden />} onClick={() => checkAll.start()}>
            {t("keys.checkAll")}
          </Button>
        )}
        <PrimaryAction tab={tab} onOpen={(open) => change({ open })} />
      </PageHead>
      <TabList
        panel="keys-panel"
        label={t("keys.tabs")}
        value={tab}
        tabs={tabs}
        manual
        onChange={(next) => void navigate({ search: next === "gemini" ? {} : { tab: next } })}
        className="tab-list mb-4 max-md:mb-3 max-md:overflow-x-auto max-md:[scrollbar-width:none]"
      />
      <TabPanel id="keys-panel" value={tab}>
        {tab === "gemini" && (
          <>
            {checkAll.progress && <CheckProgress of={checkAll.progress} onStop={checkAll.stop} />}
            {projectSearch.progress && <ProjectSearchProgress of={projectSearch.progress} onStop={projectSearch.stop} />}
            <GeminiKeysTab checkAll={checkAll} projectSearch={projectSearch} />
          </>
        )}
        {tab === "user" && <UserKeysTab />}
        {tab === "removed" && <RemovedKeysTab />}
      </TabPanel>
      {search.open === "import" && (
        <ImportDialog
          onClose={closeDialog}
          onImported={checkAll.start}
          onNext={users.data?.total === 0 ? () => void navigate({ search: { tab: "user", open: "create" } }) : undefined}
        />
      )}
      {search.open === "create" && <CreateUserKey onClose={closeDialog} />}
    </>
  );
}

function tabContent(name: string, count: number | undefined) {
  return (
    <>
      {name}
      <span className="tab-count">{count === undefined ? "" : whole(count)}</span>
    </>
  );
}

function PrimaryAction({ tab, onOpen }: { tab: Tab; onOpen: (dialog: "import" | "create") => void }) {
  const { t } = useText();
  if (tab === "removed") return null;
  return (
    <Button variant="primary" icon={<Plus size={16} aria-hidden />} onClick={() => onOpen(tab === "user" ? "create" : "import")}>
      {t(tab === "user" ? "userKeys.create" : "keys.import")}
    </Button>
  );
}
