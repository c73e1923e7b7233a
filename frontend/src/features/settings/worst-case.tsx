import { span } from "@/text/format";
import { useText } from "@/text/i18n";
import { Rich } from "@/ui/rich";
import type { Settings } from "./path";

const mostShown = 5;
/** The gateway's pause before the next attempt without fast failover: a second, doubled each time, at most eight. */
const longestPauseSeconds = 8;

/** The slowest a request can fail with these values: every key silent until its timeout. */
export function worstCase(settings: Settings): { pauses: number[]; totalSeconds: number } {
  const keys = Math.max(1, settings.max_key_attempts || 1);
  const pauses = Array.from({ length: keys - 1 }, (_, index) => (settings.fast_failover ? 0 : Math.min(2 ** index, longestPauseSeconds)));
  const waiting = pauses.reduce((sum, pause) => sum + pause, 0);
  return { pauses, totalSeconds: settings.queue_wait + keys * settings.first_byte_timeout + waiting };
}

/** What the values on the left add up to when all goes wrong. */
export function WorstCase({ settings }: { settings: Settings }) {
  const { t, language } = useText();
  const { pauses, totalSeconds } = worstCase(settings);
  if (Number.isNaN(totalSeconds)) return null;
  const words = (seconds: number) => span(seconds * 1000, language);
  const keys = pauses.length + 1;
  const shown = Math.min(keys, mostShown);
  const limit = t("settings.worst.atMost", { span: words(settings.first_byte_timeout) });
  return (
    <aside
      className="glass sticky top-5 self-start px-5 pt-4.5 pb-5 text-small text-ink-2 max-wide:hidden"
      aria-label={t("settings.worst.title")}
    >
      <h2 className="text-title font-semibold text-ink">{t("settings.worst.title")}</h2>
      <p>{t("settings.worst.hint")}</p>
      <ol className="steps">
        {settings.queue_wait > 0 && (
          <Step label={t("settings.worst.queue")} value={t("settings.worst.atMost", { span: words(settings.queue_wait) })} small />
        )}
        {Array.from({ length: shown }, (_, index) => {
          const pause = pauses[index - 1] ?? 0;
          const n = index + 1;
          return [
            pause > 0 && (
              <Step key={`pause-${n}`} label={t("settings.worst.wait")} value={t("settings.worst.atMost", { span: words(pause) })} small />
            ),
            <Step key={n} n={n} label={n === 1 ? t("settings.worst.first") : t("settings.worst.next", { n })} value={limit} />,
          ];
        })}
        {keys > shown && <Step label={t("settings.worst.more", { count: keys - shown })} value="" small />}
      </ol>
      <p>
        <Rich
          text={t("settings.worst.sum", { keys, span: words(totalSeconds) })}
          b={(content) => <b className="font-semibold text-ink">{content}</b>}
        />
      </p>
    </aside>
  );
}

function Step({ n, label, value, small }: { n?: number; label: string; value: string; small?: boolean }) {
  return (
    <li data-small={small || undefined}>
      <i className="step-mark" aria-hidden="true">
        {n}
      </i>
      <span>{label}</span>
      <span className="text-ink-3">{value}</span>
    </li>
  );
}
