import { useQuery } from "@tanstack/react-query";
import { span } from "@/text/format";
import { useText } from "@/text/i18n";
import { useNow } from "@/ui/use-now";
import { servingQuery } from "./queries";

/** In a sentence: how many projects could serve the model now, or when the next place opens. */
export function Serving({ model }: { model: string }) {
  const { t, language } = useText();
  const now = useNow();
  const { data } = useQuery(servingQuery(model));
  if (!data) return <p className="h-9 rounded-[12px] bg-well" />;
  const opens = data.opens_at === null ? undefined : Math.max(0, Date.parse(data.opens_at) - now);
  return (
    <p className="rounded-[12px] bg-well px-3 py-2 text-small text-ink-2" role="status">
      {data.able > 0
        ? t("models.servingNow", { count: data.able })
        : opens === undefined
          ? t("models.servingNever")
          : t("models.servingLater", { span: span(opens, language) })}
      {data.waiting > 0 && ` ${t("models.servingWaiting", { count: data.waiting })}`}
    </p>
  );
}
