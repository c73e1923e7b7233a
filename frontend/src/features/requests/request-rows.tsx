import { ChevronDown, ChevronRight } from "lucide-react";
import { Fragment, memo } from "react";
import type { KeyState, RequestRecord } from "@/api/types";
import { clock, date, duration, fullTime, whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { classNames } from "@/ui/class-names";
import { outcomeText } from "@/ui/outcome-text";
import { StateDot } from "@/ui/state-dot";
import { useFar } from "@/ui/use-far";
import { RequestDetail } from "./request-detail";
import { useRequestsView } from "./use-view";

type Requests = readonly RequestRecord[];

interface RowsProps {
  /** As the pages came, each drawn apart. */
  pages: readonly { items: Requests }[];
}

/** A page is known by its first request; the newest page, whose first request changes, by its place. */
function keyOf({ items }: { items: Requests }, index: number): number {
  return index === 0 ? 0 : (items[0]?.id ?? -index);
}

/** Good at once, good on another key, left by the client, or failed: as the shapes the keys have. */
function shapeOf(request: RequestRecord): KeyState {
  if (request.outcome === "client_gone") return "disabled";
  if (request.status >= 400) return "failing";
  return request.attempts > 1 ? "resting" : "healthy";
}

function Status({ request }: { request: RequestRecord }) {
  const { t } = useText();
  const shape = shapeOf(request);
  const words = request.outcome === "ok" ? t(shape === "resting" ? "requests.okAfter" : "requests.ok") : outcomeText(t, request.outcome);
  return (
    <span className="flex items-center gap-2" title={words}>
      <StateDot state={shape} still />
      <span className={shape === "failing" ? "text-bad" : "text-ink"}>{request.status}</span>
      <span className="sr-only">{words}</span>
    </span>
  );
}

function When({ time }: { time: string }) {
  const { language } = useText();
  const now = Date.now();
  const today = new Date(time).toDateString() === new Date(now).toDateString();
  return (
    <span className="whitespace-nowrap" title={fullTime(time, language)}>
      {!today && `${date(time, now, language)} `}
      {clock(time, today)}
    </span>
  );
}

export function RequestTable({ pages }: RowsProps) {
  const { t } = useText();
  return (
    <table className="data-table request-table">
      <colgroup>
        <col className="w-[136px]" />
        <col className="w-[76px]" />
        <col />
        <col className="w-[13%]" />
        <col className="w-[136px] max-rail:hidden" />
        <col className="w-12" />
        <col className="w-[88px]" />
        <col className="w-[68px] max-rail:hidden" />
        <col className="w-[68px] max-rail:hidden" />
        <col className="w-10" />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">{t("requests.column.time")}</th>
          <th scope="col">{t("requests.column.status")}</th>
          <th scope="col">{t("requests.column.model")}</th>
          <th scope="col">{t("requests.column.user")}</th>
          <th scope="col" className="max-rail:hidden">
            {t("requests.column.key")}
          </th>
          <th scope="col" data-number>
            {t("requests.column.attempts")}
          </th>
          <th scope="col" data-number>
            {t("requests.column.seconds")}
          </th>
          <th scope="col" data-number className="max-rail:hidden">
            {t("requests.column.input")}
          </th>
          <th scope="col" data-number className="max-rail:hidden">
            {t("requests.column.output")}
          </th>
          <th scope="col">
            <span className="sr-only">{t("requests.column.open")}</span>
          </th>
        </tr>
      </thead>
      {pages.map((page, index) => (
        <TablePage key={keyOf(page, index)} requests={page.items} />
      ))}
    </table>
  );
}

// A page that was drawn is left alone when the next one comes.
const TablePage = memo(function TablePage({ requests }: { requests: Requests }) {
  const { t, language } = useText();
  const { search, change } = useRequestsView();
  const { ref, height } = useFar<HTMLTableSectionElement>();
  if (height !== undefined) {
    return (
      <tbody ref={ref}>
        <tr>
          <td colSpan={10} style={{ height }} />
        </tr>
      </tbody>
    );
  }
  return (
    <tbody ref={ref}>
      {requests.map((request) => {
        const open = search.open === request.id;
        return (
          <Fragment key={request.id}>
            <tr data-open={open || undefined}>
              <td>
                <button
                  type="button"
                  className="row-button"
                  aria-expanded={open}
                  onClick={() => change({ open: open ? undefined : request.id })}
                >
                  <When time={request.time} />
                </button>
              </td>
              <td>
                <Status request={request} />
              </td>
              <td className="mono cut text-ink!" title={request.model}>
                {request.model}
              </td>
              <td className="cut">{request.user_key ?? t("requests.userGone")}</td>
              <td className="mono cut max-rail:hidden" title={request.gemini_key_name ?? undefined}>
                {request.gemini_key_masked ?? "—"}
              </td>
              <td data-number className={classNames(request.attempts > 1 && "text-rest!")}>
                {request.attempts}
              </td>
              <td data-number className="whitespace-nowrap text-ink!">
                {duration(request.seconds, language)}
              </td>
              <td data-number className="max-rail:hidden">
                {request.input_tokens > 0 ? whole(request.input_tokens) : "—"}
              </td>
              <td data-number className="max-rail:hidden">
                {request.output_tokens > 0 ? whole(request.output_tokens) : "—"}
              </td>
              <td>{open ? <ChevronDown size={16} aria-hidden /> : <ChevronRight size={16} aria-hidden />}</td>
            </tr>
            {open && (
              <tr className="detail-row">
                <td colSpan={10}>
                  <RequestDetail id={request.id} known={request} />
                </td>
              </tr>
            )}
          </Fragment>
        );
      })}
    </tbody>
  );
});

/** The same as rows of two lines, for phones. */
export function RequestList({ pages }: RowsProps) {
  return pages.map((page, index) => <ListPage key={keyOf(page, index)} requests={page.items} />);
}

const ListPage = memo(function ListPage({ requests }: { requests: Requests }) {
  const { t, language } = useText();
  const { search, change } = useRequestsView();
  const { ref, height } = useFar<HTMLUListElement>();
  if (height !== undefined) return <ul ref={ref} style={{ height }} aria-hidden="true" />;
  return (
    <ul ref={ref}>
      {requests.map((request) => {
        const open = search.open === request.id;
        return (
          <li key={request.id} className={classNames("border-t border-line", open && "shadow-[inset_3px_0_0_var(--acc-fill)]")}>
            <button
              type="button"
              className="grid w-full grid-cols-[64px_minmax(0,1fr)_auto] gap-x-2 px-4 py-2.5 text-left text-small"
              aria-expanded={open}
              onClick={() => change({ open: open ? undefined : request.id })}
            >
              <Status request={request} />
              <span className="mono cut">{request.model}</span>
              <span className="text-right">{duration(request.seconds, language)}</span>
              <span className="cut col-start-2 text-ink-2">{request.user_key ?? t("requests.userGone")}</span>
              <span className="text-right text-ink-3">
                <When time={request.time} />
              </span>
            </button>
            {open && <RequestDetail id={request.id} known={request} />}
          </li>
        );
      })}
    </ul>
  );
});
