import { Pause, Play, ScanSearch, Trash2 } from "lucide-react";
import type { GeminiKey } from "@/api/types";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { useProblemText } from "@/ui/problem-text";
import { reasonText } from "@/ui/reason-text";
import { toast } from "@/ui/toast";
import { useCheckKey, useEditKey, useRemoveKey, useRestoreKey } from "./queries";

const icon = { size: 16, strokeWidth: 1.75, "aria-hidden": true } as const;

/** What can be done with a key; removing can be undone from the toast. */
export function KeyActions({ of: key, onRemoved }: { of: GeminiKey; onRemoved: () => void }) {
  const { t } = useText();
  const problemText = useProblemText();
  const check = useCheckKey();
  const edit = useEditKey();
  const remove = useRemoveKey();
  const restore = useRestoreKey();
  const { id, name } = key;
  const onError = (error: unknown) => toast("error", t("error.failed", { reason: problemText(error) }));

  const runCheck = () =>
    check.mutate(id, {
      onSuccess: (result) => {
        if (result.ok) toast("done", t("drawer.checkOk", { name, ms: result.latency_ms }));
        else toast("error", t("drawer.checkBad", { name, reason: reasonText(t, result.verdict) }));
      },
      onError,
    });
  const toggle = () => {
    const enabled = !key.enabled;
    edit.mutate(
      { id, patch: { enabled } },
      { onSuccess: () => toast("done", t(enabled ? "drawer.enabled" : "drawer.disabled", { name })), onError },
    );
  };
  const runRemove = async () => {
    try {
      await remove.mutateAsync(id);
    } catch (error) {
      onError(error);
      return;
    }
    onRemoved();
    const undo = () => restore.mutateAsync(id).then(() => toast("done", t("keys.restored", { name })), onError);
    toast("removed", t("keys.removedToast", { name }), { label: t("action.undo"), run: () => void undo() });
  };

  return (
    <footer className="flex flex-wrap gap-2 border-t border-line px-5 py-3 pb-[calc(12px+env(safe-area-inset-bottom))] max-md:*:flex-1">
      <Button icon={<ScanSearch {...icon} />} busy={check.isPending} busyLabel={t("drawer.checking")} onClick={runCheck}>
        {t("drawer.check")}
      </Button>
      <Button icon={key.enabled ? <Pause {...icon} /> : <Play {...icon} />} disabled={edit.isPending} onClick={toggle}>
        {t(key.enabled ? "drawer.disable" : "drawer.enable")}
      </Button>
      <Button variant="danger" className="ml-auto" icon={<Trash2 {...icon} />} busy={remove.isPending} onClick={() => void runRemove()}>
        {t("drawer.remove")}
      </Button>
    </footer>
  );
}
