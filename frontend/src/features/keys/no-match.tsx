import { SearchX } from "lucide-react";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { Empty } from "@/ui/states";
import { useKeysView } from "./use-keys-view";

/** Nothing fits what is looked for, and a way back to everything. */
export function NoMatch() {
  const { t } = useText();
  const { change } = useKeysView();
  return (
    <Empty
      icon={<SearchX size={22} strokeWidth={1.75} />}
      title={t("keys.noMatchTitle")}
      hint={t("keys.noMatchHint")}
      action={
        <Button onClick={() => change({ q: undefined, state: undefined, project: undefined, page: undefined })}>
          {t("keys.clearFilters")}
        </Button>
      }
    />
  );
}
