import { ChartNoAxesColumn, Ellipsis, Pause, PencilLine, Play, RefreshCw, Trash2 } from "lucide-react";
import type { UserKey } from "@/api/types";
import { useText } from "@/text/i18n";
import { IconButton } from "@/ui/button";
import { Menu, MenuItem, MenuLine } from "@/ui/menu";
import { useProblemText } from "@/ui/problem-text";
import { toast } from "@/ui/toast";
import { useEditUserKey } from "./queries";
import type { UserKeyTask } from "./user-key-dialogs";

const icon = { size: 18, strokeWidth: 1.75, "aria-hidden": true } as const;

interface UserKeyMenuProps {
  of: UserKey;
  onTask: (task: UserKeyTask) => void;
}

export function UserKeyMenu({ of: key, onTask }: UserKeyMenuProps) {
  const { t } = useText();
  const problemText = useProblemText();
  const edit = useEditUserKey();
  const { name } = key;
  const set = (enabled: boolean) =>
    edit.mutate(
      { id: key.id, patch: { enabled } },
      {
        onSuccess: ({ enabled }) => {
          const undo = enabled ? undefined : { label: t("action.undo"), run: () => set(true) };
          toast("done", t(enabled ? "userKeys.enabledToast" : "userKeys.disabledToast", { name }), undo);
        },
        onError: (error) => toast("error", t("error.failed", { reason: problemText(error) })),
      },
    );
  return (
    <Menu
      trigger={
        <IconButton label={t("userKeys.actions", { name })}>
          <Ellipsis size={18} aria-hidden />
        </IconButton>
      }
    >
      <MenuItem icon={<ChartNoAxesColumn {...icon} />} onSelect={() => onTask({ kind: "use", key })}>
        {t("userKeys.use.title")}
      </MenuItem>
      <MenuItem icon={<PencilLine {...icon} />} onSelect={() => onTask({ kind: "edit", key })}>
        {t("userKeys.edit")}
      </MenuItem>
      <MenuItem icon={key.enabled ? <Pause {...icon} /> : <Play {...icon} />} onSelect={() => set(!key.enabled)}>
        {t(key.enabled ? "userKeys.disable" : "userKeys.enable")}
      </MenuItem>
      <MenuItem icon={<RefreshCw {...icon} />} onSelect={() => onTask({ kind: "rotate", key })}>
        {t("userKeys.rotate")}
      </MenuItem>
      <MenuLine />
      <MenuItem bad icon={<Trash2 {...icon} />} onSelect={() => onTask({ kind: "delete", key })}>
        {t("userKeys.delete")}
      </MenuItem>
    </Menu>
  );
}
