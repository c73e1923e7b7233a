import { ArrowDown, ArrowUp, ChevronDown, ChevronRight } from "lucide-react";
import { Fragment } from "react";
import type { File } from "@/api/types";
import { ago, bytes, fullTime, span } from "@/text/format";
import { useText } from "@/text/i18n";
import { classNames } from "@/ui/class-names";
import { useNow } from "@/ui/use-now";
import { FileDetail } from "./file-detail";
import { iconOf, typeName } from "./kind";
import type { SortColumn } from "./search";
import { useFilesView } from "./use-view";

interface RowsProps {
  files: readonly File[];
}

/** What a file is called: by its owner, else by us. */
export function nameOf({ filename, name }: File): string {
  return filename || `file-${name}`;
}

export function FileTable({ files }: RowsProps) {
  const { t } = useText();
  const { search, change } = useFilesView();
  return (
    <table className="data-table request-table">
      <colgroup>
        <col />
        <col className="w-24" />
        <col className="w-24" />
        <col className="w-[16%]" />
        <col className="w-20" />
        <col className="w-32 max-rail:hidden" />
        <col className="w-36" />
        <col className="w-10" />
      </colgroup>
      <thead>
        <tr>
          <SortHead column="filename">{t("filesPage.column.name")}</SortHead>
          <th scope="col">{t("filesPage.column.type")}</th>
          <SortHead column="size" number>
            {t("filesPage.column.size")}
          </SortHead>
          <th scope="col" className="pl-5!">
            {t("filesPage.column.owner")}
          </th>
          <th scope="col" data-number>
            {t("filesPage.column.copies")}
          </th>
          <SortHead column="created" number className="max-rail:hidden">
            {t("filesPage.column.created")}
          </SortHead>
          <SortHead column="expires" number>
            {t("filesPage.column.expires")}
          </SortHead>
          <th scope="col">
            <span className="sr-only">{t("filesPage.column.open")}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {files.map((file) => {
          const open = search.open === file.id;
          const Icon = iconOf(file.mime_type);
          return (
            <Fragment key={file.id}>
              <tr data-open={open || undefined}>
                <td>
                  <button
                    type="button"
                    className="row-button flex w-full min-w-0 items-center gap-2.5 text-left text-ink"
                    aria-expanded={open}
                    onClick={() => change({ open: open ? undefined : file.id })}
                  >
                    <Icon size={16} strokeWidth={1.75} className="flex-none text-ink-3" aria-hidden />
                    <span className="cut" title={nameOf(file)}>
                      {nameOf(file)}
                    </span>
                  </button>
                </td>
                <td className="cut" title={file.mime_type}>
                  {typeName(file.mime_type)}
                </td>
                <td data-number className="whitespace-nowrap text-ink!">
                  {bytes(file.size)}
                </td>
                <td className="cut pl-5!">{file.user_key_name || t("filesPage.ownerGone")}</td>
                <td data-number>{file.copy_count > 0 ? file.copy_count : "—"}</td>
                <td data-number className="whitespace-nowrap max-rail:hidden">
                  <Since at={file.created_at} />
                </td>
                <td data-number className="whitespace-nowrap">
                  <Left until={file.expires_at} />
                </td>
                <td>{open ? <ChevronDown size={16} aria-hidden /> : <ChevronRight size={16} aria-hidden />}</td>
              </tr>
              {open && (
                <tr className="detail-row">
                  <td colSpan={8}>
                    <FileDetail file={file} />
                  </td>
                </tr>
              )}
            </Fragment>
          );
        })}
      </tbody>
    </table>
  );
}

/** The same as rows of two lines, for phones. */
export function FileCards({ files }: RowsProps) {
  const { t } = useText();
  const { search, change } = useFilesView();
  return (
    <ul>
      {files.map((file) => {
        const open = search.open === file.id;
        const Icon = iconOf(file.mime_type);
        return (
          <li key={file.id} className={classNames("border-t border-line", open && "shadow-[inset_3px_0_0_var(--acc-fill)]")}>
            <button
              type="button"
              className="grid w-full grid-cols-[20px_minmax(0,1fr)_auto] items-center gap-x-3 px-4 py-2.5 text-left text-small"
              aria-expanded={open}
              onClick={() => change({ open: open ? undefined : file.id })}
            >
              <Icon size={18} strokeWidth={1.75} className="text-ink-3" aria-hidden />
              <span className="cut">{nameOf(file)}</span>
              <span className="text-right">{bytes(file.size)}</span>
              <span className="cut col-start-2 text-ink-2">{file.user_key_name || t("filesPage.ownerGone")}</span>
              <span className="text-right text-ink-3">
                <Left until={file.expires_at} />
              </span>
            </button>
            {open && <FileDetail file={file} />}
          </li>
        );
      })}
    </ul>
  );
}

function Since({ at }: { at: string }) {
  const { language } = useText();
  const now = useNow();
  return <span title={fullTime(at, language)}>{ago(at, now, language)}</span>;
}

/** How long a file is still there. */
export function Left({ until }: { until: string }) {
  const { t, language } = useText();
  const left = Date.parse(until) - useNow();
  return (
    <span title={fullTime(until, language)}>{left > 0 ? t("filesPage.in", { span: span(left, language) }) : t("filesPage.over")}</span>
  );
}

interface SortHeadProps {
  column: SortColumn;
  number?: boolean;
  className?: string;
  children: string;
}

function SortHead({ column, number, className, children }: SortHeadProps) {
  const { search, change } = useFilesView();
  const sort = search.sort ?? "-created";
  const active = sort.replace("-", "") === column;
  const down = sort.startsWith("-");
  // What is largest or newest is what one looks for first; names go from A to Z.
  const next = active ? (down ? column : `-${column}`) : column === "filename" ? column : `-${column}`;
  return (
    <th
      scope="col"
      data-number={number || undefined}
      aria-sort={active ? (down ? "descending" : "ascending") : undefined}
      className={className}
    >
      <button
        type="button"
        className="sort"
        data-active={active || undefined}
        onClick={() => change({ sort: next === "-created" ? undefined : (next as typeof sort), page: undefined })}
      >
        {children}
        {active && (down ? <ArrowDown size={12} aria-hidden /> : <ArrowUp size={12} aria-hidden />)}
      </button>
    </th>
  );
}
