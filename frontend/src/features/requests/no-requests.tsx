import { ListTree, SearchX } from "lucide-react";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { Empty } from "@/ui/states";
import type { Filter } from "./queries";
import { useRequestsView } from "./use-view";

/** Why nothing is listed, and the ways on: another time, or fewer filters. */
export function NoRequests({ filter }: { filter: Filter }) {
  const { t } = useText();
  const { change } = useRequestsView();
  const { range, from, to, ...others } = filter;
  const narrowed = Object.values(others).some((value) => value !== undefined);
  const look = (range !== "all" || from || to) && (
    <Button onClick={() => change({ range: "all", from: undefined, to: undefined })}>{t("requests.lookFurther")}</Button>
  );
  if (!narrowed) {
    return (
      <Empty
        icon={<ListTree size={22} strokeWidth={1.75} />}
        title={t("requests.emptyTitle")}
        hint={t("requests.emptyHint")}
        action={look}
      />
    );
  }
  return (
    <Empty
      icon={<SearchX size={22} strokeWidth={1.75} />}
      title={t("requests.noMatchTitle")}
      hint={t("requests.noMatchHint")}
      action={
        <span className="flex flex-wrap justify-center gap-2">
          <Button onClick={() => change(Object.fromEntries(Object.keys(others).map((name) => [name, undefined])))}>
            {t("requests.clear")}
          </Button>
          {look}
        </span>
      }
    />
  );
}
