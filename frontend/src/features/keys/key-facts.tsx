import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { GeminiKey, GeminiKeyDetails } from "@/api/types";
import { ago, date, fullTime, percent, secondsFigure, whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { useNow } from "@/ui/use-now";

/** A key's figures. */
export function KeyFacts({ of: key, details }: { of: GeminiKey; details: GeminiKeyDetails | undefined }) {
  const { t, language } = useText();
  const now = useNow();
  return (
    <dl className="grid grid-cols-[5fr_5fr_7fr] gap-x-2 gap-y-3">
      <Fact name={t("drawer.facts.requests")}>
        <Link
          to="/requests"
          search={{ key: key.id }}
          className="relative block after:absolute after:inset-x-0 after:-inset-y-3 hover:underline"
          title={t("drawer.requests")}
        >
          {whole(key.requests_today)}
        </Link>
      </Fact>
      <Fact name={t("drawer.facts.success")}>{key.success_rate === null ? "—" : `${percent(key.success_rate)}%`}</Fact>
      <Fact name={t("drawer.facts.latency")}>
        <Latency of={key} details={details} />
      </Fact>
      <Fact name={t("drawer.facts.weight")}>{key.weight}</Fact>
      <Fact name={t("drawer.facts.lastUsed")}>
        {key.last_used_at ? (
          <span title={fullTime(key.last_used_at, language)}>{ago(key.last_used_at, now, language)}</span>
        ) : (
          t("keys.never")
        )}
      </Fact>
      <Fact name={t("drawer.facts.created")}>
        <span title={fullTime(key.created_at, language)}>{date(key.created_at, now, language)}</span>
      </Fact>
    </dl>
  );
}

/** The percentiles of the last day's answers; where the log has none, the average over attempts that the pool keeps, named as what it is. */
function Latency({ of: { latency_seconds: mean }, details }: { of: GeminiKey; details: GeminiKeyDetails | undefined }) {
  const { t } = useText();
  if (!details) return "\u00a0";
  const { latency_p50_seconds: p50, latency_p95_seconds: p95 } = details;
  if (p50 !== null && p95 !== null) {
    return (
      <span title={t("drawer.latencyHint")}>
        {secondsFigure(p50)} / {secondsFigure(p95)} {t("unit.seconds")}
      </span>
    );
  }
  return mean === null ? "—" : t("drawer.mean", { seconds: secondsFigure(mean) });
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="cut text-caption text-ink-3">{name}</dt>
      <dd className="cut leading-5 font-medium">{children}</dd>
    </div>
  );
}
