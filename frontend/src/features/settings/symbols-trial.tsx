import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useText } from "@/text/i18n";
import { TextAreaField } from "@/ui/field";
import { useProblemText } from "@/ui/problem-text";
import { useDebounced } from "@/ui/use-debounced";
import { symbolSamplesQuery } from "./queries";
import { optionText } from "./words";

const pauseMs = 400;

/** Shows what each strategy makes of a text; nothing is sent to Gemini. */
export function SymbolsTrial() {
  const { t } = useText();
  const problemText = useProblemText();
  const [text, setText] = useState("");
  const settled = useDebounced(text.trim(), pauseMs);
  const samples = useQuery(symbolSamplesQuery(settled));
  return (
    <section className="border-t border-line p-(--pad)">
      <h2 className="text-title font-semibold">{t("settings.trial.title")}</h2>
      <p className="mb-3 text-small text-ink-2">{t("settings.trial.hint")}</p>
      <TextAreaField
        label={t("settings.trial.label")}
        placeholder={t("settings.trial.placeholder")}
        value={text}
        maxLength={2000}
        error={settled && samples.isError ? problemText(samples.error) : undefined}
        onChange={(event) => setText(event.target.value)}
      />
      {settled && samples.data && (
        <ul className="mt-3 flex flex-col gap-2 text-small" aria-live="polite">
          {samples.data.map((sample) => (
            <li
              key={sample.strategy}
              className="grid grid-cols-[88px_minmax(0,1fr)_auto] items-baseline gap-3 max-md:grid-cols-[minmax(0,1fr)_auto]"
            >
              <span className={sample.current ? "font-semibold" : "text-ink-2"}>
                {optionText(t, "symbol_injection.strategy", sample.strategy, "name")}
              </span>
              <span className="break-words max-md:order-last max-md:col-span-2">{sample.text}</span>
              <span className="text-caption text-ink-3">{t("settings.trial.added", { count: sample.added })}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
