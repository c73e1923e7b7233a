import type { KeyDay } from "@/api/types";
import { date, whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { useNow } from "@/ui/use-now";
import { daySlots } from "./day-slots";

/** As many days as the gateway tells of. */
const shownDays = 30;

/** A bar a day, today at the right; what failed stands in red at its foot. The same figures are in each bar's words. */
export function KeyDays({ days }: { days: readonly KeyDay[] }) {
  const { t, language } = useText();
  const now = useNow();
  const slots = daySlots(days, now, shownDays);
  const most = Math.max(1, ...days.map((day) => day.requests + day.checks));
  const named = (day: string) => date(`${day}T12:00:00`, now, language);
  return (
    <section aria-label={t("drawer.days")}>
      <h3 className="mb-2 text-small font-semibold">{t("drawer.days")}</h3>
      <ol className="flex h-12 items-end gap-0.75">
        {slots.map(({ day, of }) => {
          const all = of ? of.requests + of.checks : 0;
          const bad = of ? of.failures + of.check_failed : 0;
          const words = t("drawer.dayWords", { date: named(day), requests: whole(of?.requests ?? 0), failures: whole(bad) });
          return (
            <li
              key={day}
              title={words}
              aria-hidden={of ? undefined : true}
              className="flex h-full flex-1 flex-col justify-end overflow-hidden rounded-[3px] bg-well"
            >
              {of && <span className="sr-only">{words}</span>}
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
      <p className="mt-1 flex justify-between text-caption text-ink-3" aria-hidden="true">
        <span>{named(slots[0]?.day ?? "")}</span>
        <span>{t("drawer.today")}</span>
      </p>
    </section>
  );
}
