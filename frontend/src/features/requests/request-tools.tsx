import { useQuery } from "@tanstack/react-query";
import { Calendar, ChevronDown, X } from "lucide-react";
import type { ReactNode } from "react";
import { useText } from "@/text/i18n";
import { Menu, MenuChoice } from "@/ui/menu";
import { SearchField } from "@/ui/search-field";
import { StateDot } from "@/ui/state-dot";
import { modelNamesQuery, userKeyNamesQuery } from "./queries";
import { ranges, statuses } from "./search";
import { useRequestsView } from "./use-view";

const any = "*";
const shapes = { "2xx": "healthy", "4xx": "unknown", "5xx": "failing" } as const;

/** What narrows the list down; all of it stands in the address. */
export function RequestTools() {
  const { t } = useText();
  const { search, change } = useRequestsView();
  const models = useQuery(modelNamesQuery()).data ?? [];
  const users = useQuery(userKeyNamesQuery()).data ?? [];
  const range = search.range ?? "24h";
  const named = (names: readonly string[], chosen: string | undefined) => (chosen && !names.includes(chosen) ? [chosen, ...names] : names);
  const user = users.find((one) => one.id === search.user);
  return (
    <div className="flex flex-wrap items-center gap-2 px-4 py-3 max-md:px-3">
      <SearchField
        label={t("requests.searchLabel")}
        placeholder={t("requests.search")}
        value={search.q ?? ""}
        onChange={(q) => change({ q: q || undefined })}
        className="w-[220px] max-md:w-full"
      />
      <div className="flex min-w-0 gap-2 max-md:w-full max-md:*:flex-1">
        <Filter
          icon={<Calendar size={16} strokeWidth={1.75} className="flex-none max-md:hidden" aria-hidden />}
          label={t("requests.range.label")}
          value={range}
          options={ranges.map((value) => ({ value, label: t(`requests.range.${value}`) }))}
          onChange={(next) => change({ range: next === "24h" ? undefined : ranges.find((one) => one === next) })}
        />
        <Filter
          label={t("requests.column.model")}
          value={search.model ?? any}
          options={[
            { value: any, label: t("requests.allModels") },
            ...named(models, search.model).map((value) => ({ value, label: value })),
          ]}
          onChange={(next) => change({ model: next === any ? undefined : next })}
        />
        <Filter
          label={t("requests.column.user")}
          value={search.user ? String(search.user) : any}
          options={[
            { value: any, label: t("requests.allUsers") },
            ...(search.user && !user ? [{ value: String(search.user), label: `#${search.user}` }] : []),
            ...users.map((one) => ({ value: String(one.id), label: one.name })),
          ]}
          onChange={(next) => change({ user: next === any ? undefined : Number(next) })}
        />
      </div>
      <div
        role="group"
        aria-label={t("requests.narrow")}
        className="flex gap-1.5 max-md:-mx-3 max-md:w-[calc(100%+24px)] max-md:overflow-x-auto max-md:px-3 max-md:py-0.5 max-md:[scrollbar-width:none]"
      >
        {statuses.map((status) => (
          <button
            key={status}
            type="button"
            className="chip"
            aria-pressed={search.status === status}
            onClick={() => change({ status: search.status === status ? undefined : status })}
          >
            <StateDot state={shapes[status]} still />
            {t(`requests.status.${status}`)}
          </button>
        ))}
        <button
          type="button"
          className="chip"
          aria-pressed={search.form === "stream"}
          onClick={() => change({ form: search.form === "stream" ? undefined : "stream" })}
        >
          {t("requests.stream")}
        </button>
        {search.key !== undefined && (
          <button type="button" className="chip" aria-pressed="true" onClick={() => change({ key: undefined })}>
            {t("requests.oneKey", { id: search.key })}
            <X size={14} aria-hidden />
          </button>
        )}
      </div>
    </div>
  );
}

interface FilterProps {
  icon?: ReactNode;
  label: string;
  value: string;
  options: { value: string; label: string }[];
  onChange: (value: string) => void;
}

function Filter({ icon, label, value, options, onChange }: FilterProps) {
  const chosen = options.find((option) => option.value === value)?.label ?? value;
  return (
    <Menu
      align="start"
      trigger={
        <button type="button" className="btn btn-secondary max-w-52 min-w-0 max-md:px-2.5" aria-label={`${label}: ${chosen}`}>
          {icon}
          <span className="cut">{chosen}</span>
          <ChevronDown size={16} className="flex-none" aria-hidden />
        </button>
      }
    >
      <MenuChoice label={label} value={value} options={options} onChange={onChange} />
    </Menu>
  );
}
