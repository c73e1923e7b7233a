import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { UserKey } from "@/api/types";
import { ago, date, fullTime, shortText, whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { Dialog } from "@/ui/dialog";
import { Meter } from "@/ui/meter";
import { useNow } from "@/ui/use-now";

/** What a user key has used, today and of each of its limits, and what else bounds it. */
export function UserKeyUse({ of: key, onClose }: { of: UserKey; onClose: () => void }) {
  const { t, language } = useText();
  const now = useNow();
  const { use } = key;
  const limits = [
    { name: "rpm", used: use?.minute_requests, limit: key.rpm },
    { name: "tpm", used: use?.minute_tokens, limit: key.tpm },
    { name: "rpd", used: use?.day_requests, limit: key.rpd },
    { name: "monthly_tokens", used: use?.month_tokens, limit: key.monthly_tokens },
    { name: "concurrency", used: use?.in_flight, limit: key.concurrency },
  ] as const;
  const number = (value: number | null) => (value === null ? "—" : shortText(value, language));
  const every = t("userKeys.use.all");
  return (
    <Dialog open onClose={onClose} width={440} title={key.name} hint={<span className="mono">{key.masked}</span>}>
      <dl className="grid grid-cols-3 gap-2">
        <Fact name={t("userKeys.column.requests")}>{number(key.requests_today)}</Fact>
        <Fact name={t("userKeys.column.tokens")}>{number(key.tokens_today)}</Fact>
        <Fact name={t("userKeys.column.total")}>{number(key.requests_total)}</Fact>
      </dl>
      <ul aria-label={t("userKeys.limits.title")} className="flex flex-col gap-2.5">
        {limits.map(({ name, used = 0, limit }) => {
          const words = limit === null ? t("userKeys.limits.none") : `${whole(used)} / ${whole(limit)}`;
          return (
            <li key={name}>
              <p className="mb-1 flex justify-between text-small">
                <span className="text-ink-2">{t(`userKeys.limits.${name}`)}</span>
                <span className={limit === null ? "text-ink-3" : ""}>{words}</span>
              </p>
              {limit !== null && <Meter label={t(`userKeys.limits.${name}`)} valueText={words} share={used / limit} />}
            </li>
          );
        })}
      </ul>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5 text-small">
        <dt className="text-ink-2">{t("userKeys.limits.models")}</dt>
        <dd className="mono break-words">{key.models.join(", ") || every}</dd>
        <dt className="text-ink-2">{t("userKeys.limits.networks")}</dt>
        <dd className="mono break-words">{key.networks.join(", ") || every}</dd>
        <dt className="text-ink-2">{t("userKeys.use.expires")}</dt>
        <dd>{key.expires_at ? date(key.expires_at, now, language) : t("userKeys.use.never")}</dd>
        <dt className="text-ink-2">{t("userKeys.column.lastUsed")}</dt>
        <dd title={key.last_used_at ? fullTime(key.last_used_at, language) : undefined}>
          {key.last_used_at ? ago(key.last_used_at, now, language) : t("keys.never")}
        </dd>
      </dl>
      <Link to="/requests" search={{ user: key.id }} className="btn btn-secondary self-start">
        {t("userKeys.use.requests")}
      </Link>
    </Dialog>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="cut text-caption text-ink-3">{name}</dt>
      <dd className="font-medium">{children}</dd>
    </div>
  );
}
