import { useQuery } from "@tanstack/react-query";
import { Calendar, ChevronDown } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { RequestRecord } from "@/api/types";
import { clock, date, type Language } from "@/text/format";
import { useText } from "@/text/i18n";
import { classNames } from "@/ui/class-names";
import { Menu, MenuChoice, MenuItem, MenuLine, useTyped } from "@/ui/menu";
import { outcomes, outcomeText } from "@/ui/outcome-text";
import { SearchField } from "@/ui/search-field";
import { StateDot } from "@/ui/state-dot";
import { useDebounced } from "@/ui/use-debounced";
import { keyChoicesQuery, modelChoicesQuery, userChoicesQuery } from "./queries";
import { RangeDialog } from "./range-dialog";
import { forms, ranges, statuses } from "./search";
import { useRequestsView } from "./use-view";

const any = "*";
const pauseMs = 250;
const shapes = { "2xx": "healthy", "4xx": "unknown", "5xx": "failing" } as const;

interface ToolsProps {
  /** One that is listed: it knows the names of the keys that the list is narrowed down to. */
  example: RequestRecord | undefined;
  /** What stands beside the search on a phone. */
  after: ReactNode;
}

/** What narrows the list down; all of it stands in the address. */
export function RequestTools({ example, after }: ToolsProps) {
  const { t } = useText();
  const { search, change } = useRequestsView();
  const { user, key, outcome } = search;
  const userName = user === undefined ? undefined : (example?.user_key_id === user && example.user_key) || `#${user}`;
  const keyName = key === undefined ? undefined : (example?.gemini_key_id === key && example.gemini_key_name) || `#${key}`;
  const toggle = (label: string, on: boolean, next: Parameters<typeof change>[0], icon?: ReactNode) => (
    <button type="button" className="chip" aria-pressed={on} onClick={() => change(next)}>
      {icon}
      {label}
    </button>
  );
  return (
    <div className="flex flex-wrap items-center gap-2 px-4 py-3 max-md:px-3">
      <div className="flex items-center gap-1 max-md:w-full">
        <SearchField
          label={t("requests.searchLabel")}
          placeholder={t("requests.search")}
          value={search.q ?? ""}
          onChange={(q) => change({ q: q || undefined })}
          className="w-[220px] max-md:flex-1"
        />
        {after}
      </div>
      <div className="flex min-w-0 gap-2 max-md:w-full max-md:*:flex-1">
        <RangeFilter />
        <Filter label={t("requests.column.model")} chosen={search.model} all={t("requests.allModels")} search>
          <ModelChoices />
        </Filter>
        <Filter label={t("requests.column.user")} chosen={userName} all={t("requests.allUsers")} search>
          <UserChoices chosenName={userName} />
        </Filter>
      </div>
      <div
        role="group"
        aria-label={t("requests.narrow")}
        className="flex gap-1.5 max-md:-mx-3 max-md:w-[calc(100%+24px)] max-md:overflow-x-auto max-md:px-3 max-md:py-0.5 max-md:[scrollbar-width:none] md:flex-wrap"
      >
        {toggle(
          t("requests.retried"),
          search.retried === true,
          { retried: search.retried ? undefined : true },
          <StateDot state="resting" still />,
        )}
        {statuses.map((status) => (
          <span key={status} className="contents">
            {toggle(
              t(`requests.status.${status}`),
              search.status === status,
              { status: search.status === status ? undefined : status },
              <StateDot state={shapes[status]} still />,
            )}
          </span>
        ))}
        <Filter
          chip
          label={t("requests.reason")}
          chosen={outcome && (outcome === "ok" ? t("requests.ok") : outcomeText(t, outcome))}
          all={t("requests.anyReason")}
        >
          <MenuChoice
            label={t("requests.reason")}
            value={outcome ?? any}
            options={[
              { value: any, label: t("requests.anyReason") },
              ...outcomes.map((value) => ({ value: value as string, label: outcomeText(t, value) })),
            ]}
            onChange={(next) => change({ outcome: next === any ? undefined : next })}
          />
        </Filter>
        <Filter chip label={t("requests.column.key")} chosen={keyName} all={t("requests.allKeys")} search>
          <KeyChoices chosenName={keyName} />
        </Filter>
        {forms.map((form) => (
          <span key={form} className="contents">
            {toggle(t(`requests.${form}`), search.form === form, { form: search.form === form ? undefined : form })}
          </span>
        ))}
      </div>
    </div>
  );
}

function RangeFilter() {
  const { t, language } = useText();
  const { search, change } = useRequestsView();
  const [asking, setAsking] = useState(false);
  const { range = "24h", from, to } = search;
  const own = from !== undefined || to !== undefined;
  const chosen = own ? rangeText({ from, to }, language) : t(`requests.range.${range}`);
  return (
    <>
      <Filter
        icon={<Calendar size={16} strokeWidth={1.75} className="flex-none max-md:hidden" aria-hidden />}
        label={t("requests.range.label")}
        chosen={chosen}
        all={chosen}
      >
        <MenuChoice
          label={t("requests.range.label")}
          value={own ? any : range}
          options={ranges.map((value) => ({ value: value as string, label: t(`requests.range.${value}`) }))}
          onChange={(next) =>
            change({ range: next === "24h" ? undefined : ranges.find((one) => one === next), from: undefined, to: undefined })
          }
        />
        <MenuLine />
        <MenuItem onSelect={() => setAsking(true)}>{t("requests.range.own")}</MenuItem>
      </Filter>
      {asking && <RangeDialog onClose={() => setAsking(false)} />}
    </>
  );
}

/** "11 月 20 日 08:00 – 11 月 21 日 09:30"; an open end is left out. */
function rangeText(range: { from: string | undefined; to: string | undefined }, language: Language): string {
  const text = (at: string | undefined) => (at ? `${date(at, Date.now(), language)} ${clock(at)}` : "");
  return `${text(range.from)} – ${text(range.to)}`.trim();
}

function ModelChoices() {
  const { t } = useText();
  const { search, change } = useRequestsView();
  const { range = "24h", from, to, model } = search;
  const found = useQuery(modelChoicesQuery(range === "all" || from || to ? "30d" : range)).data ?? [];
  return (
    <MenuChoice
      label={t("requests.column.model")}
      value={model ?? any}
      options={[
        { value: any, label: t("requests.allModels") },
        ...(model && !found.some(({ value }) => value === model) ? [{ value: model, label: model }] : []),
        ...found,
      ]}
      onChange={(next) => change({ model: next === any ? undefined : next })}
    />
  );
}

function UserChoices({ chosenName }: { chosenName: string | undefined }) {
  const { t } = useText();
  const { search, change } = useRequestsView();
  const typed = useDebounced(useTyped() ?? "", pauseMs);
  return (
    <Found
      label={t("requests.column.user")}
      all={t("requests.allUsers")}
      chosen={search.user}
      chosenName={chosenName}
      found={useQuery(userChoicesQuery(typed)).data}
      onChange={(user) => change({ user })}
    />
  );
}

function KeyChoices({ chosenName }: { chosenName: string | undefined }) {
  const { t } = useText();
  const { search, change } = useRequestsView();
  const typed = useDebounced(useTyped() ?? "", pauseMs);
  return (
    <Found
      label={t("requests.column.key")}
      all={t("requests.allKeys")}
      chosen={search.key}
      chosenName={chosenName}
      found={useQuery(keyChoicesQuery(typed)).data}
      onChange={(key) => change({ key })}
    />
  );
}

interface FoundProps {
  label: string;
  all: string;
  chosen: number | undefined;
  chosenName: string | undefined;
  found: readonly { value: string; label: string }[] | undefined;
  onChange: (id: number | undefined) => void;
}

/** What the gateway found by what was typed; before that also all of them, and the one that is chosen. */
function Found({ label, all, chosen, chosenName, found = [], onChange }: FoundProps) {
  const value = chosen === undefined ? any : String(chosen);
  const missing = chosen !== undefined && !found.some((one) => one.value === value);
  const before = [{ value: any, label: all }, ...(missing ? [{ value, label: chosenName ?? value }] : [])];
  return (
    <MenuChoice
      found
      label={label}
      value={value}
      options={[...(useTyped() ? [] : before), ...found]}
      onChange={(next) => onChange(next === any ? undefined : Number(next))}
    />
  );
}

interface FilterProps {
  icon?: ReactNode;
  label: string;
  /** In words; undefined where nothing is chosen. */
  chosen: string | undefined;
  all: string;
  chip?: boolean;
  /** Whether there may be too many to look through. */
  search?: boolean;
  children: ReactNode;
}

function Filter({ icon, label, chosen, all, chip, search, children }: FilterProps) {
  const words = chosen ?? all;
  return (
    <Menu
      align="start"
      search={search ? label : undefined}
      trigger={
        <button
          type="button"
          className={classNames(chip ? "chip max-w-60" : "btn btn-secondary max-w-52 min-w-0 max-md:gap-1 max-md:px-2")}
          data-on={(chip && chosen !== undefined) || undefined}
          aria-label={`${label}: ${words}`}
        >
          {icon}
          <span className="cut">{words}</span>
          <ChevronDown size={16} className="flex-none" aria-hidden />
        </button>
      }
    >
      {children}
    </Menu>
  );
}
