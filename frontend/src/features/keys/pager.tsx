import { ChevronLeft, ChevronRight } from "lucide-react";
import { whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { IconButton } from "@/ui/button";
import { pageSize } from "./queries";

interface PagerProps {
  page: number;
  total: number;
  onPage: (page: number | undefined) => void;
}

/** Where in a long list we are; nothing where all of it is on one page. */
export function Pager({ page, total, onPage }: PagerProps) {
  const { t } = useText();
  const last = Math.max(1, Math.ceil(total / pageSize));
  if (last === 1) return null;
  const from = (page - 1) * pageSize + 1;
  return (
    <nav aria-label={t("keys.pages")} className="flex items-center gap-2 border-t border-line px-4 py-2 max-md:border-0 max-md:px-0">
      <span className="flex-1 text-caption text-ink-3" role="status">
        {t("keys.page", { from: whole(from), to: whole(Math.min(total, page * pageSize)), total: whole(total) })}
      </span>
      <IconButton label={t("keys.previous")} disabled={page <= 1} onClick={() => onPage(page === 2 ? undefined : page - 1)}>
        <ChevronLeft size={18} aria-hidden />
      </IconButton>
      <IconButton label={t("keys.next")} disabled={page >= last} onClick={() => onPage(page + 1)}>
        <ChevronRight size={18} aria-hidden />
      </IconButton>
    </nav>
  );
}
