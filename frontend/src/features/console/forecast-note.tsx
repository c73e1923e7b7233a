import { Fragment } from "react";
import type { Overview } from "@/api/types";
import { span } from "@/text/format";
import { useText } from "@/text/i18n";
import { Rich } from "@/ui/rich";
import { minutesToPacificMidnight, outlooks } from "./forecast";

/** Whether the day's quotas last until they reset; nothing where no limit is known. */
export function ForecastNote({ overview }: { overview: Overview }) {
  const { t, language } = useText();
  const models = outlooks(overview.models, minutesToPacificMidnight(Date.parse(overview.generated_at)));
  const first = models[0];
  if (!first) return null;
  const short = models.filter((model) => model.covers < 1);
  const b = (words: string) => <b className="font-semibold text-ink">{words}</b>;
  const text =
    short.length === 0
      ? t("console.forecast.fine")
      : first.minutesLeft === 0
        ? t("console.forecast.out", { model: first.name })
        : t("console.forecast.runsOut", { model: first.name, span: span(first.minutesLeft * 60_000, language) });
  return (
    <div className="mx-(--pad) mt-auto mb-(--pad) flex-none rounded-[12px] bg-well px-3.5 pt-3.5 pb-3">
      <p className="mb-3 text-small text-pretty text-ink-2">
        <Rich text={text} b={b} />
        {short.length === 1 && models.length > 1 && ` ${t("console.forecast.others")}`}
      </p>
      <div
        className="grid grid-cols-[fit-content(44%)_minmax(0,1fr)] items-center gap-x-3 gap-y-[7px] text-caption leading-4 text-ink-2"
        aria-hidden="true"
      >
        {models.map((model) => (
          <Fragment key={model.name}>
            <span className="cut">{model.name.replace(/^gemini-/, "")}</span>
            <span className="h-1 overflow-hidden rounded-full bg-well-2">
              <i
                className={`block h-full rounded-full ${model.covers < 0.25 ? "bg-bad-fill" : model.covers < 1 ? "bg-rest-fill" : "bg-acc-fill"}`}
                style={{ width: `${model.covers * 100}%` }}
              />
            </span>
          </Fragment>
        ))}
        <span className="col-start-2 -mt-[3px] flex justify-between whitespace-nowrap text-axis text-ink-3">
          <span>{t("console.forecast.now")}</span>
          <span>{t("console.forecast.reset")}</span>
        </span>
      </div>
    </div>
  );
}
