import { ArchiveRestore, Download } from "lucide-react";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { BackupDialog } from "./backup-dialog";
import { RestoreDialog } from "./restore-dialog";
import { useSystemView } from "./use-view";

/** One sealed file with all that cannot be made again. */
export function BackupCard() {
  const { t } = useText();
  const { search, change } = useSystemView();
  const close = () => change({ open: undefined });
  return (
    <section className="glass flex flex-col px-(--pad) pt-4 pb-4.5" aria-labelledby="backup">
      <h2 id="backup" className="text-title font-semibold">
        {t("system.backup")}
      </h2>
      <p className="mt-0.5 flex-1 text-small text-pretty text-ink-2">{t("system.backupHint")}</p>
      <div className="mt-3.5 flex flex-wrap gap-2">
        <Button icon={<Download size={16} strokeWidth={1.75} aria-hidden />} onClick={() => change({ open: "backup" })}>
          {t("system.makeBackup")}
        </Button>
        <Button
          variant="ghost"
          icon={<ArchiveRestore size={16} strokeWidth={1.75} aria-hidden />}
          onClick={() => change({ open: "restore" })}
        >
          {t("system.restore")}
        </Button>
      </div>
      {search.open === "backup" && <BackupDialog onClose={close} />}
      {search.open === "restore" && <RestoreDialog onClose={close} />}
    </section>
  );
}
