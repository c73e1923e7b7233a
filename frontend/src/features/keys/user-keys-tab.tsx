import { useQuery } from "@tanstack/react-query";
import { KeySquare } from "lucide-react";
import { useState } from "react";
import type { UserKey } from "@/api/types";
import { ago, date, fullTime, shortText, whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { SearchField } from "@/ui/search-field";
import { StateDot } from "@/ui/state-dot";
import { Empty, Failed } from "@/ui/states";
import { usePhone } from "@/ui/use-media";
import { useNow } from "@/ui/use-now";
import { KeyTableSkeleton } from "./key-table";
import { NoMatch } from "./no-match";
import { Pager } from "./pager";
import { userKeysQuery } from "./queries";
import { useKeysView } from "./use-keys-view";
import { UserKeyDialogs, type UserKeyTask } from "./user-key-dialogs";
import { UserKeyMenu } from "./user-key-menu";

const refreshMs = 5_000;

export function UserKeysTab() {
  const { t } = useText();
  const { search, change } = useKeysView();
  const phone = usePhone();
  const [task, setTask] = useState<UserKeyTask>();
  const page = search.page ?? 1;
  const keys = useQuery({ ...userKeysQuery({ page, q: search.q }), refetchInterval: refreshMs });
  const items = keys.data?.items ?? [];
  return (
    <section className={phone ? "min-w-0" : "glass glass-list min-w-0 overflow-clip"}>
      {keys.data ? (
        <>
          <div className="flex gap-2 px-4 py-3 max-md:px-0 max-md:pt-0">
            <SearchField
              label={t("keys.searchLabel")}
              placeholder={t("userKeys.search")}
              value={search.q ?? ""}
              onChange={(q) => change({ q: q || undefined, page: undefined })}
              className="w-[220px] max-md:flex-1"
            />
            {phone && items.length > 0 && <Button onClick={() => change({ open: "create" })}>{t("userKeys.create")}</Button>}
          </div>
          {items.length === 0 ? (
            <div className={phone ? "row-card" : ""}>{search.q ? <NoMatch /> : <NoUserKeys />}</div>
          ) : phone ? (
            <UserKeyCards keys={items} onTask={setTask} />
          ) : (
            <UserKeyTable keys={items} onTask={setTask} />
          )}
          <Pager page={page} total={keys.data.total} onPage={(next) => change({ page: next })} />
        </>
      ) : keys.isError ? (
        <Failed error={keys.error} onRetry={() => void keys.refetch()} />
      ) : (
        <KeyTableSkeleton />
      )}
      {task && <UserKeyDialogs task={{ ...task, key: liveKey(task, items) }} onClose={() => setTask(undefined)} />}
    </section>
  );
}

/** What shows a key's use follows it; what edits it keeps what it began with. */
function liveKey({ kind, key }: UserKeyTask, items: readonly UserKey[]): UserKey {
  return (kind === "use" && items.find((one) => one.id === key.id)) || key;
}

interface UserKeysProps {
  keys: readonly UserKey[];
  onTask: (task: UserKeyTask) => void;
}

function UserKeyTable({ keys, onTask }: UserKeysProps) {
  const { t, language } = useText();
  return (
    <table className="data-table">
      <colgroup>
        <col />
        <col className="w-24" />
        <col className="w-28" />
        <col className="w-28 max-rail:hidden" />
        <col className="w-32" />
        <col className="w-36" />
        <col className="w-16" />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">{t("userKeys.column.name")}</th>
          <th scope="col" data-number>
            {t("userKeys.column.requests")}
          </th>
          <th scope="col" data-number>
            {t("userKeys.column.tokens")}
          </th>
          <th scope="col" data-number className="max-rail:hidden">
            {t("userKeys.column.total")}
          </th>
          <th scope="col" className="pl-5!">
            {t("userKeys.column.lastUsed")}
          </th>
          <th scope="col">{t("userKeys.column.state")}</th>
          <th scope="col">
            <span className="sr-only">{t("userKeys.column.actions")}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <tr key={key.id}>
            <td>
              <span className="flex min-w-0 items-baseline gap-2">
                <button
                  type="button"
                  className="row-button cut leading-5 font-medium text-ink"
                  aria-haspopup="dialog"
                  onClick={() => onTask({ kind: "use", key })}
                >
                  {key.name}
                </button>
                {key.note && (
                  <span className="cut min-w-0 flex-1 text-caption text-ink-3" title={key.note}>
                    {key.note}
                  </span>
                )}
              </span>
              <span className="mono cut block text-caption text-ink-2">{key.masked}</span>
            </td>
            <td data-number className="text-ink!">
              {figure(key.requests_today)}
            </td>
            <td data-number>{key.tokens_today === null ? "—" : shortText(key.tokens_today, language)}</td>
            <td data-number className="max-rail:hidden">
              {figure(key.requests_total)}
            </td>
            <td className="pl-5!">
              <LastUsed at={key.last_used_at} />
            </td>
            <td>
              <UserKeyState of={key} />
            </td>
            <td className="relative z-1 text-right">
              <UserKeyMenu of={key} onTask={onTask} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function figure(value: number | null): string {
  return value === null ? "—" : whole(value);
}

function UserKeyCards({ keys, onTask }: UserKeysProps) {
  const { t } = useText();
  return (
    <ul className="flex flex-col gap-2">
      {keys.map((key) => (
        <li key={key.id} className="row-card grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 gap-y-2 py-3 pr-2 pl-4">
          <span className="min-w-0">
            <button
              type="button"
              className="row-button cut block max-w-full font-medium"
              aria-haspopup="dialog"
              onClick={() => onTask({ kind: "use", key })}
            >
              {key.name}
            </button>
            <span className="mono cut block text-caption text-ink-2">{key.masked}</span>
          </span>
          <span className="relative z-1 justify-self-end">
            <UserKeyMenu of={key} onTask={onTask} />
          </span>
          <span className="flex items-center gap-2 text-small text-ink-2">
            <UserKeyState of={key} />
            <span>·</span>
            {t("userKeys.requestsOf", { count: key.requests_today ?? 0 })}
          </span>
          <span className="pr-2 text-caption text-ink-3">
            <LastUsed at={key.last_used_at} />
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Whether a key serves, and how far the limit is used that it is nearest to. */
function UserKeyState({ of: key }: { of: UserKey }) {
  const { t, language } = useText();
  const now = useNow();
  const expired = key.expires_at !== null && Date.parse(key.expires_at) <= now;
  const state = expired ? "failing" : key.enabled ? "healthy" : "disabled";
  const nearest = nearestLimit(key);
  const figures = nearest && { used: shortText(nearest.used, language), limit: shortText(nearest.limit, language) };
  const detail =
    nearest && figures
      ? t(nearest.text, figures)
      : key.expires_at && t("userKeys.limits.until", { date: date(key.expires_at, now, language) });
  return (
    <span className="inline-flex min-w-0 items-center gap-2 whitespace-nowrap">
      <StateDot state={state} still />
      <span className="min-w-0">
        <span className="block">
          {t(expired ? "userKeys.limits.expired" : key.enabled ? "userKeys.enabled" : "userKeys.disabledState")}
        </span>
        {!expired && detail && <span className="cut block text-caption text-ink-3 max-md:hidden">{detail}</span>}
      </span>
    </span>
  );
}

function nearestLimit({ use, rpm, rpd, monthly_tokens: monthly }: UserKey) {
  const limits = [
    { text: "userKeys.limits.ofRpm" as const, used: use?.minute_requests ?? 0, limit: rpm },
    { text: "userKeys.limits.ofRpd" as const, used: use?.day_requests ?? 0, limit: rpd },
    { text: "userKeys.limits.ofMonth" as const, used: use?.month_tokens ?? 0, limit: monthly },
  ].flatMap(({ text, used, limit }) => (limit === null ? [] : [{ text, used, limit }]));
  return limits.sort((a, b) => b.used / b.limit - a.used / a.limit)[0];
}

function LastUsed({ at }: { at: string | null }) {
  const { t, language } = useText();
  const now = useNow();
  if (!at) return t("keys.never");
  return <span title={fullTime(at, language)}>{ago(at, now, language)}</span>;
}

function NoUserKeys() {
  const { t } = useText();
  const { change } = useKeysView();
  return (
    <Empty
      icon={<KeySquare size={22} strokeWidth={1.75} />}
      title={t("userKeys.emptyTitle")}
      hint={t("userKeys.emptyHint")}
      action={<Button onClick={() => change({ open: "create" })}>{t("userKeys.create")}</Button>}
    />
  );
}
