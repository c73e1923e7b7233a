import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowDownUp, ChevronLeft, ChevronRight, FileStack, SearchX } from "lucide-react";
import { useEffect } from "react";
import { apiBaseUrl } from "@/api/config";
import type { FileList } from "@/api/types";
import { bytes, percent, whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { Button, IconButton } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { Menu, MenuChoice } from "@/ui/menu";
import { Meter } from "@/ui/meter";
import { PageHead } from "@/ui/page-head";
import { SearchField } from "@/ui/search-field";
import { Empty, Failed, Skeleton } from "@/ui/states";
import { usePhone } from "@/ui/use-media";
import { FileCards, FileTable } from "./file-rows";
import { filesQuery, pageSize } from "./queries";
import { useFilesView } from "./use-view";

const refreshMs = 15_000;
const skeletonRows = ["a", "b", "c", "d", "e", "f"];

/** What clients have uploaded: whose, how large, how long, and what Gemini holds of it. */
export function FilesPage() {
  const { t } = useText();
  const phone = usePhone();
  const { search, change } = useFilesView();
  const { open: _, ...view } = search;
  const list = useQuery({ ...filesQuery(view), refetchInterval: refreshMs });
  const files = list.data?.items ?? [];
  const last = Math.max(1, Math.ceil((list.data?.total ?? 0) / pageSize));
  // Of what was deleted meanwhile, a page may be left that is no more.
  useEffect(() => {
    if (list.data && !list.isPlaceholderData && (view.page ?? 1) > last) change({ page: last === 1 ? undefined : last });
  });
  const nothing = list.data !== undefined && list.data.total === 0 && search.q === undefined;
  return (
    <>
      <PageHead title={t("filesPage.title")} />
      <section className="glass glass-list min-w-0 overflow-clip">
        <div className="flex flex-wrap items-center gap-x-6 gap-y-3 px-4 py-3">
          <div className="flex min-w-0 gap-2 max-md:w-full">
            <SearchField
              label={t("filesPage.search")}
              placeholder={t("filesPage.search")}
              value={search.q ?? ""}
              onChange={(q) => change({ q: q || undefined, page: undefined })}
              className="w-[260px] max-md:flex-1"
            />
            {phone && <SortMenu />}
          </div>
          <Usage list={list.data} />
        </div>
        {list.data ? (
          <>
            {nothing ? (
              <NoFiles />
            ) : files.length === 0 ? (
              <Empty
                icon={<SearchX size={22} strokeWidth={1.75} />}
                title={t("filesPage.noMatchTitle")}
                hint={t("filesPage.noMatchHint")}
                action={<Button onClick={() => change({ q: undefined, page: undefined })}>{t("filesPage.all")}</Button>}
              />
            ) : phone ? (
              <FileCards files={files} />
            ) : (
              <FileTable files={files} />
            )}
            <Pages total={list.data.total} last={last} />
          </>
        ) : list.isError ? (
          <Failed error={list.error} onRetry={() => void list.refetch()} />
        ) : (
          <div aria-busy="true">
            {skeletonRows.map((row) => (
              <div key={row} className="flex h-10 items-center gap-6 border-t border-line px-4 max-md:h-15">
                <Skeleton className="h-4 w-1/3" />
                <Skeleton className="h-4 w-16" />
              </div>
            ))}
          </div>
        )}
      </section>
    </>
  );
}

/** How much of the room for files is taken. */
function Usage({ list }: { list: FileList | undefined }) {
  const { t } = useText();
  const place = "ml-auto min-w-56 max-md:ml-0 max-md:w-full";
  // As high before it is known as after.
  if (!list) return <Skeleton className={`${place} h-7.5`} />;
  const share = list.bytes_limit > 0 ? list.bytes / list.bytes_limit : undefined;
  const words = t("filesPage.used", { used: bytes(list.bytes), limit: bytes(list.bytes_limit) });
  return (
    <div className={place}>
      <p className="mb-1.5 flex gap-4 text-caption text-ink-2">
        <span className="flex-1">{words}</span>
        {share !== undefined && <span>{percent(share)}%</span>}
      </p>
      <Meter label={t("filesPage.room")} valueText={words} share={share} />
    </div>
  );
}

/** A phone has no heads of columns to sort by. */
function SortMenu() {
  const { t } = useText();
  const { search, change } = useFilesView();
  const usual = "-created";
  return (
    <Menu
      trigger={
        <IconButton variant="secondary" label={t("filesPage.sort")}>
          <ArrowDownUp size={18} strokeWidth={1.75} aria-hidden />
        </IconButton>
      }
    >
      <MenuChoice
        label={t("filesPage.sort")}
        value={search.sort ?? usual}
        options={phoneSorts.map((value) => ({ value, label: t(`filesPage.sorts.${value}`) }))}
        onChange={(sort) => change({ sort: sort === usual ? undefined : sort, page: undefined })}
      />
    </Menu>
  );
}

const phoneSorts = ["-created", "expires", "-size", "filename"] as const;

function NoFiles() {
  const { t } = useText();
  const code = `curl ${apiBaseUrl()}/v1/files \\
  -H "Authorization: Bearer $GEMINI_PROXY_KEY" \\
  -F purpose=user_data -F file=@report.pdf`;
  return (
    <div className="border-t border-line px-4 pb-10">
      <Empty
        icon={<FileStack size={22} strokeWidth={1.75} />}
        title={t("filesPage.emptyTitle")}
        hint={t("filesPage.emptyHint")}
        action={
          <Link to="/playground" className="btn btn-secondary">
            {t("filesPage.tryIt")}
          </Link>
        }
      />
      <figure className="prose-code mx-auto -mt-6 max-w-xl">
        <figcaption>
          <span className="font-medium">curl</span>
          <CopyButton text={code} label={t("action.copyCode")} small />
        </figcaption>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <pre tabIndex={0}>{code}</pre>
      </figure>
    </div>
  );
}

function Pages({ total, last }: { total: number; last: number }) {
  const { t } = useText();
  const { search, change } = useFilesView();
  const page = search.page ?? 1;
  if (last === 1) return null;
  return (
    <nav
      aria-label={t("filesPage.pages")}
      className="flex min-h-13 items-center border-t border-line py-1 pr-2 pl-4 text-caption text-ink-3"
    >
      <span className="flex-1" role="status">
        {t("filesPage.page", { page: whole(page), last: whole(last), total: whole(total) })}
      </span>
      <IconButton label={t("filesPage.previous")} disabled={page <= 1} onClick={() => change({ page: page === 2 ? undefined : page - 1 })}>
        <ChevronLeft size={18} aria-hidden />
      </IconButton>
      <IconButton label={t("filesPage.next")} disabled={page >= last} onClick={() => change({ page: page + 1 })}>
        <ChevronRight size={18} aria-hidden />
      </IconButton>
    </nav>
  );
}
