import { Link } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import type { AttentionKey, Overview } from "@/api/types";
import { elapsedShare } from "@/text/format";
import { useText } from "@/text/i18n";
import { CountdownRing, FailedRing } from "@/ui/countdown-ring";
import { reasonText } from "@/ui/reason-text";
import { RestEnd } from "@/ui/rest-end";
import { Empty } from "@/ui/states";
import { useNow } from "@/ui/use-now";
import { ForecastNote } from "./forecast-note";

/** The keys that rest or failed, each with what happens next. */
export function AttentionCard({ overview, className }: { overview: Overview; className: string }) {
  const { t } = useText();
  const { attention, keys } = overview;
  const count = keys.failing + keys.resting;
  return (
    <section className={`glass flex min-w-0 flex-col rail:[contain:size] ${className}`}>
      <div className="card-head">
        <h2>{t("console.attention.title")}</h2>
        {attention.length > 0 && <span className="ml-auto text-caption text-ink-3">{t("console.attention.count", { count })}</span>}
      </div>
      {attention.length === 0 ? (
        <div className="grid flex-1 place-items-center">
          <Empty
            small
            icon={<CircleCheck size={20} strokeWidth={1.75} />}
            title={t("console.attention.none")}
            hint={t("console.attention.noneHint")}
          />
        </div>
      ) : (
        <ul className="mb-1 max-h-[236px] overflow-y-auto pt-1 pb-1.5 rail:max-h-none" aria-label={t("console.attention.title")}>
          {attention.map((one) => (
            <AttentionRow key={one.key_id} one={one} />
          ))}
          {count > attention.length && (
            <li className="px-(--pad) pt-2 pb-1 text-small">
              <Link to="/keys" search={{ state: keys.failing > attention.length ? "failing" : "resting" }} className="link">
                {t("console.attention.more", { count: count - attention.length })}
              </Link>
            </li>
          )}
        </ul>
      )}
      <ForecastNote overview={overview} />
    </section>
  );
}

function AttentionRow({ one }: { one: AttentionKey }) {
  const { t } = useText();
  const now = useNow();
  const why = [one.name, reasonText(t, one.reason), one.model].filter(Boolean).join(" · ");
  const over = one.until !== null && elapsedShare(new Date(0).toISOString(), one.until, now) === 1;
  return (
    <li className="relative grid grid-cols-[36px_minmax(0,1fr)_auto] items-center gap-3 px-(--pad) py-[11px] hover:bg-hover not-first:before:absolute not-first:before:top-0 not-first:before:right-(--pad) not-first:before:left-[calc(var(--pad)+48px)] not-first:before:h-px not-first:before:bg-line">
      {one.until ? <CountdownRing since={one.since} until={one.until} now={now} daily={one.reason === "day_quota"} /> : <FailedRing />}
      <span className="min-w-0">
        <Link to="/keys" search={{ key: one.key_id }} className="row-button mono cut block leading-5 font-medium">
          {one.masked}
        </Link>
        <span className="cut block text-caption text-ink-3" title={why}>
          {why}
        </span>
      </span>
      {one.until ? (
        <span className="text-right text-small text-rest">
          {over ? t("rest.soon") : <RestEnd until={one.until} reason={one.reason} brief />}
        </span>
      ) : (
        <Link to="/keys" search={{ key: one.key_id }} className="btn btn-secondary btn-small z-1">
          {t("console.attention.replace")}
        </Link>
      )}
    </li>
  );
}
