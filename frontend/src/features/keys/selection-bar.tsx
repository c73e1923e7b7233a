import { X } from "lucide-react";
import type { ReactNode } from "react";
import { whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { IconButton } from "@/ui/button";
import { CheckMark } from "@/ui/switch";
import type { Selection } from "./use-selection";

interface SelectionBarProps {
  selection: Selection;
  count: number;
  /** How many keys the filter chooses, seen or not. */
  total: number;
  /** Whether choosing the rest too is offered. */
  offersWhole: boolean;
  children: ReactNode;
}

/** How many keys are chosen, and at the page's foot what can be done with them. */
export function SelectionBar({ selection, count, total, offersWhole, children }: SelectionBarProps) {
  const { t } = useText();
  return (
    <section aria-label={t("bulk.label")} className="bulk-bar over bar-solid">
      <span className="flex min-w-0 items-center gap-2 pl-2 whitespace-nowrap max-md:col-span-full" role="status">
        <span className="font-medium">{t("bulk.chosen", { count })}</span>
        {offersWhole && !selection.whole && total > count && (
          <button type="button" className="btn btn-ghost btn-small text-acc!" onClick={selection.chooseWhole}>
            {t("bulk.chooseWhole", { total: whole(total) })}
          </button>
        )}
        <IconButton label={t("bulk.clear")} onClick={selection.clear} className="ml-auto md:hidden">
          <X size={18} aria-hidden />
        </IconButton>
      </span>
      <span className="bulk-actions">{children}</span>
      <IconButton label={t("bulk.clear")} onClick={selection.clear} className="max-md:hidden">
        <X size={18} aria-hidden />
      </IconButton>
    </section>
  );
}

/** The box in a list's head: chooses the keys of the page, or takes them out again. */
export function ChoosePage({ selection, ids }: { selection: Selection; ids: readonly number[] }) {
  const { t } = useText();
  const chosen = ids.filter(selection.has).length;
  const checked = chosen === 0 ? false : chosen === ids.length ? true : "mixed";
  return <CheckMark label={t("bulk.choosePage")} checked={checked} onChange={() => selection.togglePage(ids)} />;
}

/** The box of one key. */
export function ChooseKey({ selection, of: { id, name } }: { selection: Selection; of: { id: number; name: string } }) {
  const { t } = useText();
  return <CheckMark label={t("bulk.chooseOne", { name })} checked={selection.has(id)} onChange={() => selection.toggle(id)} />;
}
