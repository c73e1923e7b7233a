import { GitMerge } from "lucide-react";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { type Path, type Settings, valueAt } from "./path";
import type { Editing } from "./use-draft";
import { labelOf, valueText } from "./words";

interface ConflictNoteProps {
  editing: Editing;
  /** What the gateway has now. */
  current: Settings;
  /** What was changed elsewhere since the draft was begun. */
  theirs: readonly Path[];
}

/** Tells what someone else saved meanwhile, and lets each value that both changed be taken from them. */
export function ConflictNote({ editing, current, theirs }: ConflictNoteProps) {
  const { t } = useText();
  return (
    <section id="conflict" role="alert" className="glass mb-4 flex items-start gap-3 p-(--pad)">
      <GitMerge size={18} strokeWidth={1.75} className="mt-0.5 flex-none text-rest" aria-hidden />
      <div className="min-w-0 flex-1">
        <h2 className="text-title font-semibold">{t("settings.conflictTitle")}</h2>
        <p className="text-small text-ink-2">{t("settings.conflictHint")}</p>
        <ul className="mt-2 flex flex-col gap-1 text-small">
          {theirs.map((path) => {
            const both = path in editing.draft;
            return (
              <li key={path} className="flex min-h-8 flex-wrap items-center gap-x-3">
                <span>{sentence(path, both)}</span>
                {both && (
                  <Button small onClick={() => editing.drop(path)}>
                    {t("settings.useTheirs")}
                  </Button>
                )}
              </li>
            );
          })}
        </ul>
      </div>
    </section>
  );

  function sentence(path: Path, both: boolean): string {
    const label = labelOf(t, path);
    const theirValue = valueText(t, path, valueAt(current, path));
    if (theirValue === undefined) return t(both ? "settings.conflictBothText" : "settings.conflictOtherText", { label });
    if (!both) return t("settings.conflictOther", { label, theirs: theirValue });
    return t("settings.conflictBoth", { label, theirs: theirValue, mine: valueText(t, path, valueAt(editing.settings, path)) ?? "" });
  }
}
