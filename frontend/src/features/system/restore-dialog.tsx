import { FileUp } from "lucide-react";
import { type DragEvent, type FormEvent, useRef, useState } from "react";
import { Problem } from "@/api/problem";
import type { RestoreResult } from "@/api/types";
import { bytes, fullTime } from "@/text/format";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { useProblemText } from "@/ui/problem-text";
import { toast } from "@/ui/toast";
import { countsText } from "./changes";
import { useRestore } from "./queries";
import { stopped, useStop } from "./use-stop";

/** The gateway's own bound. */
const mostBytes = 64 * 1024 * 1024;

/** Opens a backup, says what it would change, and takes it in when that is confirmed. */
export function RestoreDialog({ onClose }: { onClose: () => void }) {
  const { t } = useText();
  const problemText = useProblemText();
  const [file, setFile] = useState<File>();
  const [passphrase, setPassphrase] = useState("");
  const [tried, setTried] = useState(false);
  const look = useRestore();
  const restore = useRestore();
  const { begin, stop } = useStop();
  const plan = look.data;
  const refused = look.error instanceof Problem ? look.error.field : undefined;

  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    setTried(true);
    if (file && passphrase && !fileFault(file)) look.mutate({ file, passphrase, preview: true, signal: begin() });
  };
  const confirm = () => {
    if (!file) return;
    restore.mutate(
      { file, passphrase, preview: false, signal: begin() },
      {
        onSuccess: () => {
          toast("done", t("system.restored"));
          onClose();
        },
        onError: (error) => toast("error", stopped(error) ? t("system.restoreStopped") : t("error.failed", { reason: problemText(error) })),
      },
    );
  };
  const close = () => {
    stop();
    onClose();
  };
  const fileFault = (chosen: File | undefined) => {
    if (!chosen) return t("system.needFile");
    return chosen.size > mostBytes ? t("system.fileTooLarge") : undefined;
  };

  if (plan) {
    return (
      <Dialog
        open
        onClose={close}
        width={440}
        title={t("system.restorePlan")}
        hint={t("system.restorePlanHint")}
        footer={
          <>
            <Button variant="ghost" onClick={restore.isPending ? stop : look.reset}>
              {t(restore.isPending ? "action.stop" : "system.back")}
            </Button>
            <span className="flex-1" />
            <Button variant="primary" data-autofocus busy={restore.isPending} busyLabel={t("system.restoring")} onClick={confirm}>
              {t("system.restoreNow")}
            </Button>
          </>
        }
      >
        <Plan plan={plan} />
      </Dialog>
    );
  }
  return (
    <Dialog
      open
      onClose={close}
      width={440}
      title={t("system.restore")}
      hint={t("system.restoreHint")}
      footer={
        <>
          <span className="flex-1" />
          <Button variant="ghost" onClick={look.isPending ? stop : close}>
            {t(look.isPending ? "action.stop" : "action.cancel")}
          </Button>
          <Button variant="primary" busy={look.isPending} busyLabel={t("system.opening")} onClick={() => submit()}>
            {t("system.look")}
          </Button>
        </>
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-3.5 pt-0.5" noValidate>
        <FileChoice file={file} onChoose={setFile} fault={tried ? fileFault(file) : undefined} />
        <TextField
          label={t("system.passphrase")}
          type="password"
          autoComplete="off"
          value={passphrase}
          error={tried && !passphrase ? t("system.needPassphrase") : refused === "passphrase" ? t("system.wrongPassphrase") : undefined}
          onChange={(event) => setPassphrase(event.target.value)}
        />
        {look.isError && refused !== "passphrase" && !stopped(look.error) && (
          <p role="alert" className="text-small text-bad">
            {refused === "file" ? t("system.notABackup") : problemText(look.error)}
          </p>
        )}
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </form>
    </Dialog>
  );
}

function FileChoice({ file, onChoose, fault }: { file: File | undefined; onChoose: (file: File) => void; fault: string | undefined }) {
  const { t } = useText();
  const input = useRef<HTMLInputElement>(null);
  const take = (list: FileList | null) => list?.[0] && onChoose(list[0]);
  return (
    <div>
      <button
        type="button"
        data-autofocus
        className="flex min-h-16 w-full items-center gap-3 rounded-inset bg-well px-4 py-3 text-left shadow-[inset_0_0_0_1px_var(--line-2)] hover:bg-well-2"
        onClick={() => input.current?.click()}
        onDragOver={(event: DragEvent) => event.preventDefault()}
        onDrop={(event: DragEvent) => {
          event.preventDefault();
          take(event.dataTransfer.files);
        }}
      >
        <FileUp size={18} strokeWidth={1.75} className="flex-none text-ink-2" aria-hidden />
        <span className="min-w-0">
          <span className="cut block">{file ? file.name : t("system.chooseFile")}</span>
          <span className="block text-caption text-ink-3">{file ? bytes(file.size) : t("system.chooseFileHint")}</span>
        </span>
      </button>
      <input
        ref={input}
        type="file"
        accept=".age"
        hidden
        aria-label={t("system.chooseFile")}
        onChange={(event) => take(event.target.files)}
      />
      {fault && (
        <p role="alert" className="mt-1.5 text-caption text-bad">
          {fault}
        </p>
      )}
    </div>
  );
}

function Plan({ plan }: { plan: RestoreResult }) {
  const { t, language } = useText();
  const rows: [string, string][] = [
    [t("system.plan.madeAt"), t("system.plan.by", { time: fullTime(plan.made_at, language), version: plan.made_by })],
    [t("system.plan.keys"), countsText(t, plan.gemini_keys)],
    [t("system.plan.users"), countsText(t, plan.user_keys)],
    [t("system.plan.models"), countsText(t, plan.models)],
    [t("system.plan.settings"), t(plan.settings_changed ? "system.plan.settingsChange" : "system.plan.settingsSame")],
    ...(plan.has_usage ? [[t("system.plan.usage"), t("system.plan.usageRows", { count: plan.usage_rows_added })] as [string, string]] : []),
  ];
  return (
    <>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-5 gap-y-2.5 text-small">
        {rows.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-ink-3">{name}</dt>
            <dd className="font-medium">{value}</dd>
          </div>
        ))}
      </dl>
      <p className="rounded-control bg-well px-3 py-2 text-small text-ink-2">{t("system.planHint")}</p>
    </>
  );
}
