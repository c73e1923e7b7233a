import type { GeminiKeyDetails, KeyError, KeyModel, Quota } from "@/api/types";
import { ago, fullTime, shortText, whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { Meter } from "@/ui/meter";
import { reasonText } from "@/ui/reason-text";
import { RestEnd } from "@/ui/rest-end";
import { StateDot } from "@/ui/state-dot";
import { Skeleton } from "@/ui/states";
import { useNow } from "@/ui/use-now";
import { KeyDays } from "./key-days";

/** What a key can serve now, model by model, what went wrong with it last, and how its last days went. */
export function KeyHistory({ of: { key, models, errors, days, shared_with } }: { of: GeminiKeyDetails }) {
  const { t } = useText();
  return (
    <>
      {models.length > 0 && key.state !== "removed" && (
        <section aria-label={t("drawer.models")}>
          <h3 className="mb-1 flex flex-wrap items-baseline gap-x-2 text-small font-semibold">
            {t("drawer.models")}
            {shared_with > 0 && key.project && (
              <span className="text-caption font-normal text-ink-3">
                {t("drawer.shared", { project: key.project, count: shared_with })}
              </span>
            )}
          </h3>
          <ul>
            {models.map((model) => (
              <ModelRow key={model.model} of={model} failing={key.state === "failing" || key.state === "disabled"} />
            ))}
          </ul>
        </section>
      )}
      {errors.length > 0 && <Errors errors={errors} inARow={key.consecutive_failures} />}
      {days && days.length > 0 && <KeyDays days={days} />}
    </>
  );
}

export function KeyHistorySkeleton() {
  return (
    <div aria-busy="true" className="flex flex-col gap-3">
      <Skeleton className="h-5 w-1/3" />
      <Skeleton className="h-16" />
      <Skeleton className="h-16" />
      <Skeleton className="h-16" />
    </div>
  );
}

const limitWords = { rpm: "minute_quota", tpm: "minute_quota", rpd: "day_quota" } as const;

function ModelRow({ of: { model, asked, able, reason, until, rpm, rpd }, failing }: { of: KeyModel; failing: boolean }) {
  const { t } = useText();
  const why = reason === null ? "" : reasonText(t, limitWords[reason as keyof typeof limitWords] ?? reason);
  const state = able ? (asked ? "healthy" : "unknown") : failing ? "disabled" : "resting";
  const words = able ? t(asked ? "state.healthy" : "drawer.notAsked") : until ? <RestEnd until={until} reason={reason ?? ""} brief /> : why;
  return (
    <li className="border-t border-line py-2.5 first:border-0">
      <p className="flex items-center gap-2.5">
        <StateDot state={state} still />
        <span className="mono cut min-w-0 flex-1">{model}</span>
        <span className={`text-small whitespace-nowrap ${able && asked ? "text-ink-2" : failing ? "text-ink-3" : "text-rest"}`} title={why}>
          {words}
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
      {quota.limit !== null && <Meter calm label={name} valueText={words} share={quota.limit === 0 ? 1 : quota.used / quota.limit} />}
    </div>
  );
}

/** The last faults a key met, the latest in front. */
function Errors({ errors, inARow }: { errors: readonly KeyError[]; inARow: number }) {
  const { t, language } = useText();
  const now = useNow();
  return (
    <section aria-label={t("drawer.lastErrors")}>
      <h3 className="mb-1.5 flex items-baseline gap-2 text-small font-semibold">
        {t("drawer.lastErrors")}
        {inARow > 1 && <span className="text-caption font-normal text-ink-3">{t("drawer.failures", { count: inARow })}</span>}
      </h3>
      <ol className="rounded-[12px] bg-well px-3.5 text-small">
        {errors.map(({ at, status, verdict, message }) => (
          <li key={at} className="border-t border-line py-2.5 first:border-0">
            <p className="flex items-center gap-2">
              {status > 0 && <span className="tag flex-none bg-bad-soft! text-bad!">{status}</span>}
              <span className="cut min-w-0 flex-1">{reasonText(t, verdict)}</span>
              <span className="text-caption whitespace-nowrap text-ink-3" title={fullTime(at, language)}>
                {ago(at, now, language)}
              </span>
            </p>
            {message && <p className="mt-1 text-caption break-words text-ink-2">{message}</p>}
          </li>
        ))}
      </ol>
    </section>
  );
}
