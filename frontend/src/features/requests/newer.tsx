import { type InfiniteData, useQueryClient } from "@tanstack/react-query";
import { ArrowUp } from "lucide-react";
import { useText } from "@/text/i18n";
import { type Filter, requestsQuery } from "./queries";
import { useRequestsView } from "./use-view";

/** Says above the rows how many came meanwhile, and leads to them; it takes no room. */
export function Newer({ count, filter }: { count: number; filter: Filter }) {
  const { t } = useText();
  const { change } = useRequestsView();
  const queries = useQueryClient();
  const show = () => {
    const { queryKey } = requestsQuery(filter);
    // What was read further down need not be read again to show the top.
    queries.setQueryData(queryKey, (data) => data && firstPage(data));
    void queries.invalidateQueries({ queryKey });
    change({ open: undefined });
    window.scrollTo({ top: 0 });
  };
  return (
    <div className="sticky top-3 z-10 flex h-0 justify-center max-md:top-16" role="status">
      {count > 0 && (
        <button type="button" className="btn btn-primary btn-small mt-1 rounded-full!" onClick={show}>
          <ArrowUp size={14} strokeWidth={2} aria-hidden />
          {t("requests.newer", { count })}
        </button>
      )}
    </div>
  );
}

function firstPage<P, C>({ pages, pageParams }: InfiniteData<P, C>): InfiniteData<P, C> {
  return { pages: pages.slice(0, 1), pageParams: pageParams.slice(0, 1) };
}
