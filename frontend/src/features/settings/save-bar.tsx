import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { type Settings, valueAt } from "./path";
import type { Editing } from "./use-draft";
import { labelOf, valueText } from "./words";

interface SaveBarProps {
  editing: Editing;
  saved: Settings;
  saving: boolean;
  /** Whether the settings changed elsewhere meanwhile. */
  merging: boolean;
  onSave: () => void;
}

/** Says what would change, and saves or drops it. On a phone it stands in the tab bar's place. */
export function SaveBar({ editing, saved, saving, merging, onSave }: SaveBarProps) {
  const { t } = useText();
  const changes = editing.paths.map((path) => {
    const label = labelOf(t, path);
    const before = valueText(t, path, valueAt(saved, path));
    const after = valueText(t, path, valueAt(editing.settings, path));
    return before === undefined || after === undefined
      ? t("settings.changeText", { label })
      : t("settings.change", { label, before, after });
  });
  const words = changes.join(t("settings.separator"));
  return (
    <section aria-label={t("settings.barLabel")} className="save-bar over bar-solid flex items-center gap-2.5 py-2 pr-2 pl-4.5">
      <i className="size-2 flex-none rounded-full bg-acc-fill" aria-hidden="true" />
      <span className="cut min-w-0 flex-1" role="status">
        <span className="font-medium">{t("settings.unsaved", { count: changes.length })}</span>
        <span className="ml-2.5 text-small text-ink-3 max-md:sr-only" title={words}>
          {words}
        </span>
      </span>
      <Button variant="ghost" disabled={saving} onClick={() => editing.drop()}>
        {t("settings.drop")}
      </Button>
      <Button variant="primary" busy={saving} busyLabel={t("settings.saving")} onClick={onSave}>
        {t(merging ? "settings.saveMerged" : "settings.save")}
        <kbd className="key-hint max-md:hidden">{/Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘S" : "Ctrl S"}</kbd>
      </Button>
    </section>
  );
}
