import { fullTime, span } from "@/text/format";
import { useText } from "@/text/i18n";
import { useNow } from "./use-now";

interface RestEndProps {
  until: string;
  reason: string;
  brief?: boolean;
}

/** When a rest is over: counted down, or for a day's quota as Pacific midnight with the local time on hover. */
export function RestEnd({ until, reason, brief }: RestEndProps) {
  const { t, language } = useText();
  const now = useNow();
  const title = t("rest.localTime", { time: fullTime(until, language) });
  if (reason === "day_quota") return <span title={title}>{t(brief ? "rest.backMidnightShort" : "rest.backMidnight")}</span>;
  const left = Date.parse(until) - now;
  return <span title={title}>{left > 0 ? t("rest.backIn", { span: span(left, language) }) : t("rest.soon")}</span>;
}
