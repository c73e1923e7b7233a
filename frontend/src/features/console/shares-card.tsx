import { Link } from "@tanstack/react-router";
import { ChartNoAxesColumn } from "lucide-react";
import type { Overview } from "@/api/types";
import { percent, shortFigure } from "@/text/format";
import { useText } from "@/text/i18n";
import { Empty } from "@/ui/states";

const leastOpacity = 0.49;

/** How today's requests fell on the keys; one hue, fading with rank. */
export function SharesCard({ overview, className }: { overview: Overview; className: string }) {
  const { t, language } = useText();
  const { shares, shares_rest: rest } = overview;
  const total = shares.reduce((sum, share) => sum + share.requests, rest);
  const most = Math.max(1, ...shares.map((share) => share.requests));
  return (
    <section className={`glass glass-soft flex min-w-0 flex-col ${className}`}>
      <div className="card-head pb-2">
        <h2>{t("console.shares.title")}</h2>
        <span className="ml-auto text-caption text-ink-3">{t("console.shares.hint")}</span>
      </div>
      {total === 0 ? (
        <div className="grid flex-1 place-items-center">
          <Empty
            small
            icon={<ChartNoAxesColumn size={20} strokeWidth={1.75} />}
            title={t("console.shares.none")}
            hint={t("console.shares.noneHint")}
          />
        </div>
      ) : (
        <ol className="pb-3">
          {shares.map((share, index) => (
            <li
              key={share.key_id}
              className="relative grid h-8 grid-cols-[96px_minmax(0,1fr)_98px] items-center gap-3 px-(--pad) text-small hover:bg-hover max-md:h-11 max-md:grid-cols-[84px_minmax(0,1fr)_96px]"
            >
              <Link to="/keys" search={{ key: share.key_id }} className="row-button cut" title={`${share.name} ${share.masked}`}>
                {share.name || share.masked}
              </Link>
              <span className="h-2">
                <i
                  className="block h-full rounded-r-[4px] rounded-l-[2px] bg-series-1 transition-[width] duration-[320ms]"
                  style={{ width: `${(share.requests / most) * 100}%`, opacity: 1 - ((1 - leastOpacity) * index) / 9 }}
                />
              </span>
              <span className="text-right whitespace-nowrap">
                {percent(share.requests / total)}%
                <small className="ml-1.5 inline-block min-w-10 text-caption text-ink-3">{shortFigure(share.requests, language)}</small>
              </span>
            </li>
          ))}
        </ol>
      )}
      {rest > 0 && (
        <p className="mt-auto px-(--pad) pb-4 text-caption text-ink-3">
          {t("console.shares.restPlain", { percent: percent(rest / total) })}
        </p>
      )}
    </section>
  );
}
