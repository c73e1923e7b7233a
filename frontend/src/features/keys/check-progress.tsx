import { whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { Meter } from "@/ui/meter";

interface CheckProgressProps {
  of: { done: number; total: number; failing: number };
  onStop: () => void;
}

/** How far a check of many keys is, and a way to stop it. */
export function CheckProgress({ of: { done, total, failing }, onStop }: CheckProgressProps) {
  const { t } = useText();
  const words = t("keys.checking", { done: whole(done), total: whole(total) });
  return (
    <section aria-label={t("keys.checkAll")} className="row-card mb-3 flex items-center gap-4 py-2 pr-2 pl-4">
      <div className="min-w-0 flex-1">
        <p className="mb-1.5 flex gap-3 text-small">
          <span className="font-medium">{words}</span>
          {failing > 0 && <span className="text-bad">{t("keys.checkFailing", { count: failing })}</span>}
        </p>
        <Meter plain label={t("keys.checkAll")} valueText={words} share={total === 0 ? 0 : done / total} />
      </div>
      <Button variant="ghost" onClick={onStop}>
        {t("action.stop")}
      </Button>
    </section>
  );
}
