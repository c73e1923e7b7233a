import { useQuery } from "@tanstack/react-query";
import { Eye, EyeOff, Shield } from "lucide-react";
import { useState } from "react";
import { apiBaseUrl } from "@/api/config";
import type { NewUserKey } from "@/api/types";
import { whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { Button, IconButton } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { Dialog } from "@/ui/dialog";
import { maskedKey, Snippets } from "@/ui/snippets";
import { Checkbox } from "@/ui/switch";
import { modelQuery } from "./queries";
import { numberLimits } from "./user-key-values";

interface ShownOnceProps {
  of: NewUserKey;
  title: string;
  onClose: () => void;
}

/** A new key with code ready to run. Only its own button closes it, once the box says that the key is stored. */
export function ShownOnce({ of: made, title, onClose }: ShownOnceProps) {
  const { t } = useText();
  const [shown, setShown] = useState(false);
  const [stored, setStored] = useState(false);
  const model = useQuery(modelQuery());
  const bound = (name: (typeof numberLimits)[number] | "models", value: string) =>
    t("userKeys.bound", { name: t(`userKeys.limits.${name}`), value });
  const bounds = [
    bound("models", made.models.join(", ") || t("userKeys.use.all")),
    ...numberLimits.flatMap((name) => (made[name] === null ? [] : [bound(name, whole(made[name]))])),
  ];
  return (
    <Dialog
      open
      title={title}
      hint={t("userKeys.once")}
      footer={
        <>
          <Checkbox label={t("userKeys.saved")} checked={stored} onChange={setStored} />
          <Button variant={stored ? "primary" : "secondary"} disabled={!stored} onClick={onClose}>
            {t("action.done")}
          </Button>
        </>
      }
    >
      <div className="flex flex-none items-center gap-2 rounded-inset bg-field py-2 pr-2 pl-4 text-[16px] shadow-[inset_0_0_0_1px_var(--line-2)]">
        <output className="mono cut min-w-0 flex-1" aria-label={t("userKeys.secretLabel")} data-secret>
          {shown ? made.key : maskedKey(made.key)}
        </output>
        <IconButton label={t(shown ? "action.hide" : "action.show")} aria-pressed={shown} onClick={() => setShown(!shown)}>
          {shown ? <EyeOff size={18} strokeWidth={1.75} aria-hidden /> : <Eye size={18} strokeWidth={1.75} aria-hidden />}
        </IconButton>
        <CopyButton text={made.key} label={t("action.copy")} variant={stored ? "secondary" : "primary"} />
      </div>
      <Snippets baseUrl={apiBaseUrl()} model={model.data ?? "gemini-flash-latest"} apiKey={made.key} />
      <p className="flex gap-2 text-small text-ink-2">
        <Shield size={16} strokeWidth={1.75} className="mt-0.5 flex-none" aria-hidden />
        {t("userKeys.bounds", { bounds: bounds.join(" · ") })}
      </p>
    </Dialog>
  );
}
