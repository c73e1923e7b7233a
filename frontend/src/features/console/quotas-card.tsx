import { Link } from "@tanstack/react-router";
import { Boxes } from "lucide-react";
import { useState } from "react";
import type { ModelQuota, Overview, Quota } from "@/api/types";
import { shortText, whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { Meter } from "@/ui/meter";
import { Rich } from "@/ui/rich";
import { Empty } from "@/ui/states";

const shownAtFirst = 5;
/** More than these are read on the models' own page. */
const mostShown = 40;

/** What each model has used of the projects' quota together. */
export function QuotasCard({ overview, className }: { overview: Overview; className: string }) {
  const { t } = useText();
  const [all, setAll] = useState(false);
  const models = overview.models.toSorted((a, b) => b.requests_today - a.requests_today || a.name.localeCompare(b.name));
  const hidden = models.length - shownAtFirst;
  const shown = models.slice(0, all ? mostShown : shownAtFirst);
  const unknown = shown.some(({ rpm, tpm, rpd }) => [rpm, tpm, rpd].some((quota) => quota.limit === null));
  return (
    <section className={`glass glass-soft min-w-0 pb-1 ${className}`}>
      <div className="card-head pb-1.5 max-md:block">
        <h2>{t("console.quotas.title")}</h2>
        <span className="text-caption text-ink-3">{t("console.quotas.hint", { count: overview.projects_total })}</span>
      </div>
      {overview.models.length === 0 ? (
        <Empty small icon={<Boxes size={20} strokeWidth={1.75} />} title={t("console.quotas.none")} hint={t("console.quotas.noneHint")} />
      ) : (
        <ul>
          {shown.map((model) => (
            <ModelRow key={model.name} model={model} />
          ))}
        </ul>
      )}
      {(hidden > 0 || unknown) && (
        <div className="flex min-h-10 flex-wrap items-center gap-x-3 border-t border-line px-3 py-1">
          {hidden > 0 && (
            <button type="button" className="btn btn-ghost btn-small" aria-expanded={all} onClick={() => setAll(!all)}>
              {all ? t("console.fewerProjects") : t("console.quotas.more", { count: hidden })}
            </button>
          )}
          {all && models.length > mostShown && (
            <Link to="/models" className="link text-small">
              {t("console.quotas.more", { count: models.length - mostShown })}
            </Link>
          )}
          {unknown && (
            <span className="ml-auto px-2 text-caption text-ink-3">
              <Rich
                text={t("console.quotas.unknown")}
                a={(words) => (
                  <Link to="/models" className="link">
                    {words}
                  </Link>
                )}
              />
            </span>
          )}
        </div>
      )}
    </section>
  );
}

function ModelRow({ model }: { model: ModelQuota }) {
  const { t } = useText();
  return (
    <li className="grid items-center gap-x-5 gap-y-2.5 border-t border-line px-(--pad) pt-[11px] pb-3 md:grid-cols-[minmax(140px,1.25fr)_repeat(3,minmax(0,1fr))] max-md:py-3.5">
      <span className="min-w-0 font-medium">
        <span className="cut block" title={model.name}>
          {model.name}
        </span>
        <span className="block text-caption font-normal text-ink-3">{t("console.quotas.requests", { count: model.requests_today })}</span>
      </span>
      <QuotaMeter name="RPM" quota={model.rpm} />
      <QuotaMeter name="TPM" quota={model.tpm} />
      <QuotaMeter name="RPD" quota={model.rpd} />
    </li>
  );
}

function QuotaMeter({ name, quota }: { name: string; quota: Quota }) {
  const { t, language } = useText();
  const figure = (value: number) => (value < 10_000 ? whole(value) : shortText(value, language));
  const used = figure(quota.used);
  const limit = quota.limit === null ? undefined : figure(quota.limit);
  const words = limit === undefined ? `${used}, ${t("console.quotas.unlimited")}` : t("console.quotas.of", { used, limit });
  return (
    <div className="min-w-0 max-md:grid max-md:grid-cols-[44px_minmax(0,1fr)_112px] max-md:items-center max-md:gap-2.5">
      <div className="mb-[5px] flex justify-between gap-1.5 text-caption whitespace-nowrap text-ink-3 max-md:contents">
        <span>{name}</span>
        <span className="max-md:order-last max-md:text-right">
          <b className="font-medium text-ink">{used}</b> /{" "}
          {limit ?? (
            <span title={t("console.quotas.unlimited")}>
              <span aria-hidden="true">—</span>
              <span className="sr-only">{t("console.quotas.unlimited")}</span>
            </span>
          )}
        </span>
      </div>
      <Meter label={name} valueText={words} share={quota.limit ? quota.used / quota.limit : undefined} />
    </div>
  );
}
