import type { ReactNode } from "react";
import type { SearchProgress } from "@/api/types";
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
  const bad = failing > 0 && <span className="text-bad">{t("keys.checkFailing", { count: failing })}</span>;
  return <JobProgress label={t("keys.checkAll")} words={words} more={bad} share={total === 0 ? 0 : done / total} onStop={onStop} />;
}

/** How far a search for projects is, stage by stage, and a way to stop it. */
export function ProjectSearchProgress({ of: { stage, done, total }, onStop }: { of: SearchProgress; onStop: () => void }) {
  const { t } = useText();
  const words = t("keys.searching", { stage: t(`keys.searchStage.${stage}`), done: whole(done), total: whole(total) });
  return <JobProgress label={t("keys.findProjects")} words={words} share={total === 0 ? 0 : done / total} onStop={onStop} />;
}

interface JobProgressProps {
  label: string;
  words: string;
  more?: ReactNode;
  share: number;
  onStop: () => void;
}

function JobProgress({ label, words, more, share, onStop }: JobProgressProps) {
  const { t } = useText();
  return (
    <section aria-label={label} className="row-card mb-3 flex items-center gap-4 py-2 pr-2 pl-4">
      <div className="min-w-0 flex-1">
        <p className="mb-1.5 flex gap-3 text-small">
          <span className="font-medium">{words}</span>
          {more}
        </p>
        <Meter plain label={label} valueText={words} share={share} />
      </div>
      <Button variant="ghost" onClick={onStop}>
        {t("action.stop")}
      </Button>
    </section>
  );
}
