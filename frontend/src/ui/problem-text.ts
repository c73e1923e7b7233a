import { Problem, Unreachable } from "@/api/problem";
import { useText } from "@/text/i18n";

/** Turns an error into a sentence in the page's language; what the gateway says is shown where we have no words of our own. */
export function useProblemText(): (error: unknown) => string {
  const { t } = useText();
  return (error) => {
    if (error instanceof Unreachable) return t("error.unreachable");
    if (!(error instanceof Problem)) return error instanceof Error ? error.message : String(error);
    switch (error.code) {
      case "not_found":
        return t("error.notFound");
      case "conflict":
      case "version_conflict":
        return t("error.conflict");
      case "database_unavailable":
        return t("error.database");
      case "body_too_large":
        return t("error.tooLarge");
      case "internal":
        return t("error.internal");
      case "unknown":
        return t("error.unknown", { status: error.status });
      default:
        return error.message;
    }
  };
}
