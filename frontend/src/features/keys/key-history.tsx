import { useQuery } from "@tanstack/react-query";
import type { KeyDay, KeyModel, Quota } from "@/api/types";
import { date, shortText, whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { Meter } from "@/ui/meter";
import { reasonText } from "@/ui/reason-text";
import { RestEnd } from "@/ui/rest-end";
import { StateDot } from "@/ui/state-dot";
import { useNow } from "@/ui/use-now";
import { keyDetailsQuery } from "./queries";

const refreshMs = 10_000;

/** What a key can serve now, model by model, and how its last days went. Nothing until it is known, and nothing where it is not. */
export function KeyHistory({ id }: { id: number }) {
  const { t } = useText();
  const details = useQuery({ ...keyDetailsQuery(id), refetchInterval: refreshMs });
  if (!details.data) return null;
  const { models, days } = details.data;
  return (
    <>
      {models.length > 0 && (
        <section aria-label={t("drawer.models")}>
          <h3 className="mb-1 text-small font-semibold">{t("drawer.models")}</h3>
          <ul>
            {models.map((model) => (
              <ModelRow key={model.model} of={model} />
            ))}
          </ul>
        </section>
      )}
      {days && days.length > 0 && <Days days={days} />}
    </>
  );
}

const limitWords = { rpm: "minute_quota", tpm: "minute_quota", rpd: "day_quota" } as const;

function ModelRow({ of: { model, able, reason, until, rpm, rpd } }: { of: KeyModel }) {
  const { t } = useText();
  const why = reason === null ? "" : reasonText(t, limitWords[reason as keyof typeof limitWords] ?? reason);
  return (
    <li className="border-t border-line py-2.5 first:border-0">
      <p className="flex items-center gap-2.5">
        <StateDot state={able ? "healthy" : "resting"} still />
        <span className="mono cut min-w-0 flex-1">{model}</span>
        <span className={`text-small whitespace-nowrap ${able ? "text-ink-2" : "text-rest"}`} title={why}>
          {able ? t("state.healthy") : until ? <RestEnd until={until} reason={reason ?? ""} brief /> : why}
        </span>
      </p>
      <div className="mt-1.5 grid grid-cols-2 gap-4 pl-6">
        <QuotaMeter name="RPM" quota={rpm} />
        <QuotaMeter name="RPD" quota={rpd} />
      </div>
    </li>
  );
}

function QuotaMeter({ name, quota }: { name: string; quota: Quota }) {
  const { language } = useText();
  const words = quota.limit === null ? whole(quota.used) : `${shortText(quota.used, language)} / ${shortText(quota.limit, language)}`;
  return (
    <div className="min-w-0">
      <p className="mb-1 flex justify-between text-caption text-ink-3">
        {name} <span className="text-ink-2">{words}</span>
      </p>
      {quota.limit !== null && <Meter label={name} valueText={words} share={quota.limit === 0 ? 1 : quota.used / quota.limit} />}
    </div>
  );
}

/** A bar a day, the newest at the right; what failed stands in red at its foot. The same figures are in each bar's words. */
function Days({ days }: { days: readonly KeyDay[] }) {
  const { t, language } = useText();
  const now = useNow();
  const most = Math.max(1, ...days.map((day) => day.requests + day.checks));
  return (
    <section aria-label={t("drawer.days")}>
      <h3 className="mb-2 text-small font-semibold">{t("drawer.days")}</h3>
      <ol className="flex h-12 flex-row-reverse items-end justify-end gap-1">
        {days.map((day) => {
          const all = day.requests + day.checks;
          const bad = day.failures + day.check_failed;
          const words = t("drawer.dayWords", {
            date: date(`${day.day}T12:00:00`, now, language),
            requests: whole(day.requests),
            failures: whole(bad),
          });
          return (
            <li key={day.day} title={words} className="flex h-full w-2.5 flex-col justify-end overflow-hidden rounded-[3px]">
              <span className="sr-only">{words}</span>
              <i className="block bg-series-1" style={{ height: `${((all - bad) / most) * 100}%` }} aria-hidden="true" />
              <i
                className="block bg-series-fail"
                style={{ height: `${(bad / most) * 100}%`, minHeight: bad > 0 ? 2 : 0 }}
                aria-hidden="true"
              />
            </li>
          );
        })}
      </ol>
    </section>
  );
}
