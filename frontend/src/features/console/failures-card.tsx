import { Link } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import type { Overview } from "@/api/types";
import { clock, fullTime, secondsFigure } from "@/text/format";
import { useText } from "@/text/i18n";
import { outcomeText } from "@/ui/outcome-text";
import { StateDot } from "@/ui/state-dot";
import { Empty } from "@/ui/states";

type Failure = Overview["recent_failures"][number];

/** The last requests that reached nobody, with why. */
export function FailuresCard({ overview }: { overview: Overview }) {
  const { t } = useText();
  const failures = overview.recent_failures;
  return (
    <section className="glass glass-soft min-w-0 pb-1.5">
      <div className="card-head gap-y-0! pb-2.5 max-md:flex-wrap">
        <h2>{t("console.failures.title")}</h2>
        <span className="text-caption text-ink-3 max-md:order-last max-md:w-full">{t("console.failures.hint")}</span>
        {failures.length > 0 && (
          <Link to="/requests" className="link ml-auto text-small max-md:-my-3 max-md:inline-block max-md:py-3">
            {t("console.failures.all")}
          </Link>
        )}
      </div>
      {failures.length === 0 ? (
        <Empty
          small
          icon={<CircleCheck size={20} strokeWidth={1.75} />}
          title={t("console.failures.none")}
          hint={t("console.failures.noneHint")}
        />
      ) : (
        <table className="block text-small">
          <thead className="sr-only">
            <tr>
              <th>{t("console.failures.time")}</th>
              <th>{t("console.failures.model")}</th>
              <th>{t("console.failures.what")}</th>
              <th>{t("console.failures.key")}</th>
              <th>{t("console.failures.seconds")}</th>
            </tr>
          </thead>
          <tbody className="block">
            {failures.map((failure) => (
              <FailureRow key={failure.id} failure={failure} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function FailureRow({ failure }: { failure: Failure }) {
  const { t, language } = useText();
  const key =
    failure.attempts > 1
      ? t("console.failures.attempts", { count: failure.attempts })
      : (failure.key_masked ?? t("console.failures.noKey"));
  return (
    <tr className="relative grid min-h-11 grid-cols-[72px_minmax(120px,180px)_minmax(0,1fr)_156px_80px] items-center gap-x-4 border-t border-line px-(--pad) hover:bg-hover max-md:grid-cols-[minmax(0,1fr)_auto] max-md:gap-y-0.5 max-md:py-2.5">
      <td className="text-ink-3 max-md:order-4" title={fullTime(failure.time, language)}>
        <Link to="/requests" search={{ q: failure.id, range: "all" }} className="row-button">
          {clock(failure.time, true)}
        </Link>
      </td>
      <td className="mono cut text-ink-2 max-md:order-3" title={failure.model}>
        {failure.model}
      </td>
      <td className="flex min-w-0 items-center gap-2 max-md:order-1">
        <StateDot state="failing" />
        <span className="cut">{outcomeText(t, failure.outcome)}</span>
        {failure.status > 0 && <span className="tag h-5! flex-none bg-bad-soft! text-bad!">{failure.status}</span>}
      </td>
      <td className={`cut text-ink-2 max-md:hidden ${failure.attempts > 1 ? "" : "mono"}`}>{key}</td>
      <td className="text-right whitespace-nowrap text-ink-2 max-md:order-2">
        {secondsFigure(failure.seconds)} {t("unit.seconds")}
      </td>
    </tr>
  );
}
