import { ArrowDownUp, Boxes, ChevronDown, Download, Ellipsis, ListChecks, Plus, ScanSearch } from "lucide-react";
import { useState } from "react";
import { type GeminiKeyList, keyStates } from "@/api/types";
import { whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { Button, IconButton } from "@/ui/button";
import { classNames } from "@/ui/class-names";
import { Menu, MenuChoice, MenuItem } from "@/ui/menu";
import { useProblemText } from "@/ui/problem-text";
import { SearchField } from "@/ui/search-field";
import { StateDot } from "@/ui/state-dot";
import { toast } from "@/ui/toast";
import { ProjectDialog } from "./project-dialog";
import { saveKeysCsv } from "./queries";
import { type KeysSearch, sortColumns } from "./search";
import type { useCheckAll } from "./use-check-all";
import { useKeysView } from "./use-keys-view";
import type { useProjectSearch } from "./use-project-search";
import type { Selection } from "./use-selection";

const columnTexts = {
  name: "keys.column.name",
  project: "keys.column.project",
  weight: "keys.column.weight",
  requests_today: "keys.column.requests",
  success_rate: "keys.column.success",
  latency_seconds: "keys.column.latency",
  state: "keys.column.state",
} as const;

interface KeyToolsProps {
  counts: GeminiKeyList["counts"];
  selection: Selection;
  checkAll: ReturnType<typeof useCheckAll>;
  projectSearch: ReturnType<typeof useProjectSearch>;
}

/** Search, state chips with their counts, and the project filter; on a phone also the sort, which a table has in its head. */
export function KeyTools({ counts, ...rest }: KeyToolsProps) {
  const { t } = useText();
  const { search, change } = useKeysView();
  const [asking, setAsking] = useState(false);
  const shown = keyStates.filter((state) => counts[state] > 0 || state === search.state);
  const ask = () => setAsking(true);
  // Where the chips have no room beside the search they stand on a line of their own, all of them, and the menus stay where they were.
  const below = shown.length > 3 ? "@max-[1140px]:order-last @max-[1140px]:w-full" : "@max-[900px]:order-last @max-[900px]:w-full";
  return (
    <div className="flex flex-wrap items-center gap-2 px-4 py-3 max-md:px-0 max-md:pt-0">
      <SearchField
        label={t("keys.searchLabel")}
        placeholder={t("keys.search")}
        value={search.q ?? ""}
        onChange={(q) => change({ q: q || undefined, page: undefined })}
        className="w-[220px] @max-[900px]:min-w-0 @max-[900px]:flex-1"
      />
      <div className="flex gap-2 md:hidden">
        <SortMenu />
        <MoreMenu {...rest} />
        <IconButton variant="secondary" label={t("keys.import")} onClick={() => change({ open: "import" })}>
          <Plus size={18} aria-hidden />
        </IconButton>
      </div>
      <div
        role="group"
        aria-label={t("keys.states")}
        className={classNames(
          "flex gap-1.5 overflow-x-auto py-0.5 [scrollbar-width:none] md:flex-wrap max-md:order-last max-md:-mx-3 max-md:w-[calc(100%+24px)]! max-md:px-3",
          below,
        )}
      >
        <button
          type="button"
          className="chip"
          aria-pressed={search.state === undefined}
          onClick={() => change({ state: undefined, page: undefined })}
        >
          {t("keys.all")} <span className="chip-count">{whole(counts.all)}</span>
        </button>
        {shown.map((state) => (
          <button
            key={state}
            type="button"
            className="chip"
            aria-pressed={search.state === state}
            onClick={() => change({ state: search.state === state ? undefined : state, page: undefined })}
          >
            <StateDot state={state} still />
            {t(`state.${state}`)} <span className="chip-count">{whole(counts[state])}</span>
          </button>
        ))}
        <button type="button" className="chip md:hidden" aria-haspopup="dialog" aria-pressed={search.project !== undefined} onClick={ask}>
          <span className="cut max-w-40">{search.project ?? t("keys.allProjects")}</span>
          <ChevronDown size={14} aria-hidden />
        </button>
      </div>
      <span className="ml-auto flex min-w-0 gap-2 max-md:hidden">
        <Button className="max-w-52 min-w-0" aria-haspopup="dialog" onClick={ask}>
          <span className="cut">{search.project ?? t("keys.allProjects")}</span>
          <ChevronDown size={16} aria-hidden />
        </Button>
        <MoreMenu {...rest} />
      </span>
      {asking && <ProjectDialog onClose={() => setAsking(false)} />}
    </div>
  );
}

/** What is done with the list as a whole. */
function MoreMenu({ selection, checkAll, projectSearch }: Omit<KeyToolsProps, "counts">) {
  const { t } = useText();
  const { search } = useKeysView();
  const problemText = useProblemText();
  const save = async () => {
    try {
      await saveKeysCsv(search);
      toast("done", t("keys.exported"));
    } catch (error) {
      toast("error", t("error.failed", { reason: problemText(error) }));
    }
  };
  return (
    <Menu
      trigger={
        <IconButton variant="secondary" label={t("keys.more")}>
          <Ellipsis size={18} aria-hidden />
        </IconButton>
      }
    >
      <MenuItem icon={<ScanSearch {...menuIcon} />} disabled={checkAll.progress !== undefined} onSelect={() => checkAll.start()}>
        {t("keys.checkAll")}
      </MenuItem>
      <MenuItem icon={<Boxes {...menuIcon} />} disabled={projectSearch.progress !== undefined} onSelect={projectSearch.start}>
        {t("keys.findProjects")}
      </MenuItem>
      <MenuItem icon={<ListChecks {...menuIcon} />} onSelect={selection.begin}>
        {t("keys.choose")}
      </MenuItem>
      <MenuItem icon={<Download {...menuIcon} />} onSelect={() => void save()}>
        {t("keys.export")}
      </MenuItem>
    </Menu>
  );
}

const menuIcon = { size: 16, strokeWidth: 1.75, "aria-hidden": true } as const;

function SortMenu() {
  const { t } = useText();
  const { search, change } = useKeysView();
  const sort: NonNullable<KeysSearch["sort"]> = search.sort ?? "name";
  const options = sortColumns.map((column) => {
    const value = column === "name" || column === "project" || column === "state" ? column : (`-${column}` as const);
    return { value, label: t(columnTexts[column]) };
  });
  return (
    <Menu
      trigger={
        <IconButton variant="secondary" label={t("keys.sortBy")}>
          <ArrowDownUp size={18} strokeWidth={1.75} aria-hidden />
        </IconButton>
      }
    >
      <MenuChoice label={t("keys.sortBy")} value={sort} options={options} onChange={(next) => change({ sort: next, page: undefined })} />
    </Menu>
  );
}
