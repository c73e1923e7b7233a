import { Check, X } from "lucide-react";
import type { ImportResult } from "@/api/types";
import { useText } from "@/text/i18n";
import { classNames } from "@/ui/class-names";
import { reasonWords } from "./import-reason";

const mostLines = 200;

interface Line {
  kind: "new" | "duplicate" | "invalid";
  masked: string;
  words: string;
}

/** What was found in the text, each key masked, with what will become of it. */
export function ImportLines({ result }: { result: ImportResult }) {
  const { t } = useText();
  const lines = useLines(result);
  if (lines.length === 0) return <p className="px-4 pt-3 pb-1 text-small text-ink-2">{t("import.notFound")}</p>;
  const more = result.added_total + result.duplicates_total + result.invalid_total - Math.min(lines.length, mostLines);
  return (
    <ol
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      aria-label={t("import.found")}
      className="max-h-[min(340px,38dvh)] overflow-y-auto py-1.5 focus-visible:-outline-offset-2"
    >
      {lines.slice(0, mostLines).map((line, index) => (
        <li
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines of one reading never move, and may repeat
          key={index}
          className={classNames(
            "grid min-h-[34px] grid-cols-[26px_178px_minmax(0,1fr)_auto] items-center gap-x-3 py-1 pr-3.5 pl-2.5 text-small max-md:grid-cols-[22px_minmax(0,1fr)_auto]",
            line.kind !== "new" && "text-ink-2",
            line.kind === "invalid" && "bg-bad-soft/50",
          )}
        >
          <span className="text-right text-caption text-ink-3">{index + 1}</span>
          <span className="mono cut">{line.masked}</span>
          <span
            className={classNames(
              "cut max-md:order-last max-md:col-span-2 max-md:col-start-2 max-md:text-caption max-md:whitespace-normal max-md:empty:hidden",
              line.kind === "invalid" ? "text-bad" : "text-ink-2",
            )}
          >
            {line.words}
          </span>
          <LineEnd kind={line.kind} />
        </li>
      ))}
      {more > 0 && <li className="px-4 py-1.5 text-caption text-ink-3">{t("import.more", { count: more })}</li>}
    </ol>
  );
}

function LineEnd({ kind }: { kind: Line["kind"] }) {
  const { t } = useText();
  if (kind === "duplicate") return <span className="text-caption">{t("import.skip")}</span>;
  const bad = kind === "invalid";
  const Icon = bad ? X : Check;
  return (
    <span className={classNames("flex items-center gap-2 text-caption", bad ? "text-bad" : "text-ok")}>
      <Icon size={14} strokeWidth={2} aria-hidden />
      {t(bad ? "import.ignore" : "import.new")}
    </span>
  );
}

function useLines(result: ImportResult): Line[] {
  const { t } = useText();
  return [
    ...result.added.map((key): Line => ({ kind: "new", masked: key.masked, words: key.name })),
    ...result.duplicates.map(
      (key): Line => ({
        kind: "duplicate",
        masked: key.masked,
        words: key.removed ? t("import.sameRemoved") : key.id === 0 ? t("import.sameAbove") : t("import.same", { name: key.name }),
      }),
    ),
    ...result.invalid.map((text): Line => ({ kind: "invalid", masked: text.text, words: reasonWords(t, text.reason) })),
  ];
}
