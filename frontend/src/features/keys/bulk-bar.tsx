import { Boxes, Pause, Play, Scale, ScanSearch, Trash2 } from "lucide-react";
import { useState } from "react";
import type { BulkRequest } from "@/api/types";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { useProblemText } from "@/ui/problem-text";
import { toast } from "@/ui/toast";
import { BulkValueDialog } from "./bulk-value-dialog";
import { useChangeKeys } from "./queries";
import { SelectionBar } from "./selection-bar";
import { useKeysView } from "./use-keys-view";
import type { Selection } from "./use-selection";

const icon = { size: 16, strokeWidth: 1.75, "aria-hidden": true } as const;

type Change = Pick<BulkRequest, "action" | "weight" | "project">;

interface BulkBarProps {
  selection: Selection;
  /** How many keys the filter chooses, seen or not. */
  total: number;
  /** Whether all that are seen are chosen, so that choosing the rest too can be offered. */
  pageChosen: boolean;
  onCheck: (ids: readonly number[]) => void;
}

/** What can be done with all chosen keys at once. Removing a few can be undone; removing all that a filter chooses asks first. */
export function BulkBar({ selection, total, pageChosen, onCheck }: BulkBarProps) {
  const { t } = useText();
  const { search } = useKeysView();
  const problemText = useProblemText();
  const change = useChangeKeys();
  const [asking, setAsking] = useState<"weight" | "project" | "remove">();
  const count = selection.whole ? total : selection.ids.size;

  const run = async (what: Change, done: (changed: number) => void) => {
    try {
      const { changed } = await change.mutateAsync({ ...selection.target(search), ...what });
      setAsking(undefined);
      selection.clear();
      done(changed);
    } catch (error) {
      if (!asking) toast("error", t("error.failed", { reason: problemText(error) })); // an open dialog says it itself
    }
  };
  const say = (text: "enabled" | "disabled" | "weight" | "project") => (changed: number) =>
    toast("done", t(`bulk.done.${text}`, { count: changed }));
  const restore = async (ids: number[]) => {
    try {
      const { changed } = await change.mutateAsync({ ids, action: "restore" });
      toast("done", t("bulk.done.restored", { count: changed }));
    } catch (error) {
      toast("error", t("error.failed", { reason: problemText(error) }));
    }
  };
  const remove = () => {
    const ids = [...selection.ids];
    const undo = ids.length > 0 ? { label: t("action.undo"), run: () => void restore(ids) } : undefined;
    void run({ action: "remove" }, (changed) => toast("removed", t("bulk.done.removed", { count: changed }), undo));
  };
  const busy = change.isPending;
  const ask = (what: typeof asking) => {
    change.reset();
    setAsking(what);
  };

  return (
    <>
      <SelectionBar selection={selection} count={count} total={total} offersWhole={pageChosen}>
        {!selection.whole && (
          <Button
            variant="ghost"
            icon={<ScanSearch {...icon} />}
            disabled={busy || count === 0}
            onClick={() => {
              onCheck([...selection.ids]);
              selection.clear();
            }}
          >
            {t("drawer.check")}
          </Button>
        )}
        <Button
          variant="ghost"
          icon={<Play {...icon} />}
          disabled={busy || count === 0}
          onClick={() => void run({ action: "enable" }, say("enabled"))}
        >
          {t("drawer.enable")}
        </Button>
        <Button
          variant="ghost"
          icon={<Pause {...icon} />}
          disabled={busy || count === 0}
          onClick={() => void run({ action: "disable" }, say("disabled"))}
        >
          {t("drawer.disable")}
        </Button>
        <Button variant="ghost" icon={<Scale {...icon} />} disabled={busy || count === 0} onClick={() => ask("weight")}>
          {t("drawer.weight")}
        </Button>
        <Button variant="ghost" icon={<Boxes {...icon} />} disabled={busy || count === 0} onClick={() => ask("project")}>
          {t("drawer.project")}
        </Button>
        <Button
          variant="ghost"
          className="text-bad!"
          icon={<Trash2 {...icon} />}
          disabled={busy || count === 0}
          onClick={() => (selection.whole ? ask("remove") : remove())}
        >
          {t("drawer.remove")}
        </Button>
      </SelectionBar>
      {(asking === "weight" || asking === "project") && (
        <BulkValueDialog
          kind={asking}
          count={count}
          busy={busy}
          fault={change.error}
          onClose={() => setAsking(undefined)}
          onSave={(value) =>
            void run(
              asking === "weight" ? { action: "weight", weight: Number(value) } : { action: "project", project: value || null },
              say(asking),
            )
          }
        />
      )}
      {asking === "remove" && (
        <Confirm
          title={t("bulk.removeTitle", { count })}
          hint={t("bulk.removeHint")}
          action={t("drawer.remove")}
          busyLabel={t("bulk.removing")}
          busy={busy}
          fault={change.error}
          onConfirm={remove}
          onClose={() => setAsking(undefined)}
        />
      )}
    </>
  );
}
