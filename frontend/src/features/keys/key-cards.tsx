import { type GeminiKey, keyState } from "@/api/types";
import { percent, whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { StateDot } from "@/ui/state-dot";
import { KeyStateWords } from "./key-state-words";
import { ChooseKey } from "./selection-bar";
import { Sparkline, useSparklines } from "./sparkline";
import { useKeysView } from "./use-keys-view";
import type { Selection } from "./use-selection";

/** The keys on a phone: a card each. */
export function KeyCards({ keys, selection }: { keys: readonly GeminiKey[]; selection: Selection }) {
  const { t } = useText();
  const { search, change } = useKeysView();
  const sparklines = useSparklines(keys);
  return (
    <ul className="flex flex-col gap-2">
      {keys.map((key) => (
        <li
          key={key.id}
          data-chosen={selection.has(key.id) || undefined}
          className="row-card grid grid-cols-[minmax(0,1fr)_auto] gap-x-3 gap-y-2.5 px-4 pt-[13px] pb-3"
        >
          <span className="flex min-w-0 items-center gap-[11px]">
            {selection.active && (
              <span className="relative z-1 flex">
                <ChooseKey selection={selection} of={key} />
              </span>
            )}
            <StateDot state={keyState(key.state)} />
            <span className="min-w-0">
              <button
                type="button"
                className="row-button mono cut block max-w-full text-ink"
                aria-expanded={selection.active ? undefined : search.key === key.id}
                onClick={() => (selection.active ? selection.toggle(key.id) : change({ key: key.id }))}
              >
                {key.masked}
              </button>
              <span className="cut block text-caption text-ink-2">{key.name}</span>
            </span>
          </span>
          <span className="text-right text-small">
            <KeyStateWords of={key} />
          </span>
          <span className="col-span-2 flex items-center gap-3 text-small">
            <Sparkline of={sparklines(key.id)} dim={keyState(key.state) !== "healthy"} />
            {whole(key.requests_today)}
            <span className="cut ml-auto min-w-0 text-caption text-ink-2">
              {[key.project, key.success_rate === null ? undefined : t("keys.successOf", { percent: percent(key.success_rate) })]
                .filter(Boolean)
                .join(" · ")}
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}
