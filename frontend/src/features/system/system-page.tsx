import { useQuery } from "@tanstack/react-query";
import { useText } from "@/text/i18n";
import { PageHead } from "@/ui/page-head";
import { ApiCard } from "./api-card";
import { Audit } from "./audit";
import { BackupCard } from "./backup-card";
import { sessionsQuery } from "./queries";
import { ServerCard } from "./server-card";
import { SessionsCard } from "./sessions-card";

export function SystemPage() {
  const { t } = useText();
  const sessions = useQuery(sessionsQuery());
  return (
    <>
      <PageHead title={t("system.title")} />
      <div className="flex flex-col gap-(--gap)">
        <ServerCard />
        <div className="grid grid-cols-2 gap-(--gap) max-rail:grid-cols-1">
          <BackupCard />
          <ApiCard />
        </div>
        <SessionsCard sessions={sessions} />
        {/* Nobody knows how many sessions there are before they come: what stands beneath them waits. */}
        {!sessions.isPending && <Audit />}
      </div>
    </>
  );
}
