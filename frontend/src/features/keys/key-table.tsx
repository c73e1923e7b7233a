import { ArrowDown, ArrowUp } from "lucide-react";
import { type GeminiKey, keyState } from "@/api/types";
import { percent, secondsFigure, whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { classNames } from "@/ui/class-names";
import { StateDot } from "@/ui/state-dot";
import { Skeleton } from "@/ui/states";
import { KeyStateWords } from "./key-state-words";
import type { SortColumn } from "./search";
import { ChooseKey, ChoosePage } from "./selection-bar";
import { Sparkline, useSparklines } from "./sparkline";
import { useKeysView } from "./use-keys-view";
import type { Selection } from "./use-selection";

interface KeyTableProps {
  keys: readonly GeminiKey[];
  /** Whether an open drawer takes the room of the less needed columns. */
  narrow: boolean;
  selection: Selection;
}

export function KeyTable({ keys, narrow, selection }: KeyTableProps) {
  const { t } = useText();
  const { search, change } = useKeysView();
  const sparklines = useSparklines(keys);
  const roomy = narrow ? "hidden" : "max-rail:hidden";
  return (
    <table className="data-table">
      <colgroup>
        <col className="w-11" />
        <col />
        <col className={narrow ? "w-24" : "w-32"} />
        <col className="w-16" />
        <col className={narrow ? "w-24" : "w-48 max-rail:w-24"} />
        <col className={classNames("w-20", narrow && "hidden")} />
        <col className={classNames("w-26", roomy)} />
        <col className={narrow ? "w-32" : "w-48 max-rail:w-36"} />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">
            <ChoosePage selection={selection} ids={keys.map((key) => key.id)} />
          </th>
          <SortHead column="name" className="pl-[36px]!">
            {t("keys.column.key")}
          </SortHead>
          <SortHead column="project">{t("keys.column.project")}</SortHead>
          <SortHead column="weight" number>
            {t("keys.column.weight")}
          </SortHead>
          <SortHead column="requests_today" number>
            {t("keys.column.requests")}
          </SortHead>
          <SortHead column="success_rate" number className={narrow ? "hidden" : ""}>
            {t("keys.column.success")}
          </SortHead>
          <SortHead column="latency_seconds" number className={roomy}>
            {t("keys.column.latency")}
          </SortHead>
          <SortHead column="state" className="pl-5!">
            {t("keys.column.state")}
          </SortHead>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => {
          const state = keyState(key.state);
          const open = search.key === key.id;
          return (
            <tr key={key.id} data-open={open || undefined} data-chosen={selection.has(key.id) || undefined}>
              <td className="relative z-1">
                <ChooseKey selection={selection} of={key} />
              </td>
              <td>
                <span className="flex items-center gap-[11px]">
                  <StateDot state={state} />
                  <span className="min-w-0">
                    <button
                      type="button"
                      className="row-button mono cut block max-w-full leading-5 text-ink"
                      aria-expanded={open}
                      onClick={() => change({ key: open ? undefined : key.id })}
                    >
                      {key.masked}
                    </button>
                    <span className="cut block text-caption text-ink-2">{key.name}</span>
                  </span>
                </span>
              </td>
              <td>
                {key.project ? (
                  <span className="tag">
                    <span className="cut">{key.project}</span>
                  </span>
                ) : (
                  <span className="text-ink-3">—</span>
                )}
              </td>
              <td data-number>{key.weight}</td>
              <td data-number>
                <span className="flex items-center justify-end gap-3">
                  {!narrow && <Sparkline of={sparklines(key.id)} dim={state !== "healthy"} className="max-rail:hidden" />}
                  <span className="min-w-[42px] text-ink">{whole(key.requests_today)}</span>
                </span>
              </td>
              <td data-number className={narrow ? "hidden" : ""}>
                {key.success_rate === null ? "—" : `${percent(key.success_rate)}%`}
              </td>
              <td data-number className={classNames("whitespace-nowrap", roomy)}>
                {key.latency_seconds === null ? "—" : `${secondsFigure(key.latency_seconds)} ${t("unit.seconds")}`}
              </td>
              <td className="pl-5!">
                <KeyStateWords of={key} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

interface SortHeadProps {
  column: SortColumn;
  number?: boolean;
  className?: string;
  children: string;
}

function SortHead({ column, number, className, children }: SortHeadProps) {
  const { t } = useText();
  const { search, change } = useKeysView();
  const sort = search.sort ?? "name";
  const direction = sort === column ? "ascending" : sort === `-${column}` ? "descending" : "none";
  // Figures start with the largest; a second click turns the order, so that every column has both.
  const down = `-${column}` as const;
  const next = direction === "none" ? (number ? down : column) : direction === "ascending" ? down : column;
  return (
    <th scope="col" aria-sort={direction} className={className} data-number={number || undefined}>
      <button
        type="button"
        className="sort"
        data-active={direction !== "none" || undefined}
        onClick={() => change({ sort: next, page: undefined })}
      >
        {children}
        {direction === "ascending" && <ArrowUp size={12} aria-hidden />}
        {direction === "descending" && <ArrowDown size={12} aria-hidden />}
        {direction !== "none" && <span className="sr-only">{t(direction === "ascending" ? "keys.ascending" : "keys.descending")}</span>}
      </button>
    </th>
  );
}

const skeletonRows = ["a", "b", "c", "d", "e", "f", "g", "h"];

export function KeyTableSkeleton() {
  return (
    <div aria-busy="true">
      <div className="flex gap-2 px-4 py-3 max-md:px-0">
        <Skeleton className="h-(--control) w-[220px] rounded-control!" />
        <Skeleton className="h-8 w-64 rounded-full! max-md:hidden" />
      </div>
      {skeletonRows.map((row) => (
        <div key={row} className="flex h-[54px] items-center gap-4 border-t border-line px-4">
          <Skeleton className="size-3.5 rounded-full!" />
          <Skeleton className="h-4 w-32" />
          <Skeleton className="ml-auto h-4 w-2/5" />
        </div>
      ))}
    </div>
  );
}
