import type { ReactNode } from "react";
import type { GeminiKey } from "@/api/types";
import { ago, date, fullTime, percent, secondsFigure, whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { reasonText } from "@/ui/reason-text";
import { useNow } from "@/ui/use-now";

/** A key's figures, and the last error it met. */
export function KeyFacts({ of: key }: { of: GeminiKey }) {
  const { t, language } = useText();
  const now = useNow();
  const { last_error: fault } = key;
  return (
    <>
      <dl className="grid grid-cols-3 gap-y-3">
        <Fact name={t("drawer.facts.requests")}>{whole(key.requests_today)}</Fact>
        <Fact name={t("drawer.facts.success")}>{key.success_rate === null ? "—" : `${percent(key.success_rate)}%`}</Fact>
        <Fact name={t("drawer.facts.latency")}>
          {key.latency_seconds === null ? "—" : `${secondsFigure(key.latency_seconds)} ${t("unit.seconds")}`}
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
      {fault && (
        <section>
          <h3 className="mb-1.5 flex items-baseline gap-2 text-small font-semibold">
            {t("drawer.lastError")}
            <span className="text-caption font-normal text-ink-3" title={fullTime(fault.at, language)}>
              {ago(fault.at, now, language)}
              {key.consecutive_failures > 1 && ` · ${t("drawer.failures", { count: key.consecutive_failures })}`}
            </span>
          </h3>
          <div className="rounded-[12px] bg-well px-3.5 py-3 text-small">
            <p className="flex items-center gap-2">
              {fault.status > 0 && <span className="tag flex-none bg-bad-soft! text-bad!">{fault.status}</span>}
              {reasonText(t, fault.verdict)}
            </p>
            {fault.message && <p className="mt-1.5 text-caption break-words text-ink-2">{fault.message}</p>}
          </div>
        </section>
      )}
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-caption text-ink-3">{name}</dt>
      <dd className="leading-5 font-medium">{children}</dd>
    </div>
  );
}
