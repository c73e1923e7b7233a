import { type GeminiKey, keyState } from "@/api/types";
import { useText } from "@/text/i18n";
import { reasonText } from "@/ui/reason-text";
import { RestEnd } from "@/ui/rest-end";

/** A key's state in words: healthy keys in grey, only exceptions in colour. */
export function KeyStateWords({ of: key, brief }: { of: GeminiKey; brief?: boolean }) {
  const { t } = useText();
  const state = keyState(key.state);
  const rest = key.rests[0];
  if (state === "resting" && rest) {
    return (
      <>
        <span className="cut block text-rest">
          <RestEnd until={rest.until} reason={rest.reason} brief />
        </span>
        {!brief && <span className="cut block text-caption text-ink-2">{reasonText(t, rest.reason)}</span>}
      </>
    );
  }
  if (state === "failing") {
    return (
      <>
        <span className="block text-bad">{t("state.failing")}</span>
        {!brief && <span className="cut block text-caption text-ink-2">{reasonText(t, key.reason)}</span>}
      </>
    );
  }
  return <span className="block whitespace-nowrap text-ink-2">{t(`state.${state}`)}</span>;
}
