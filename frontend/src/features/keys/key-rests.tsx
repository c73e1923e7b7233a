import { CirclePause, KeyRound, ScanSearch } from "lucide-react";
import type { ReactNode } from "react";
import type { GeminiKey } from "@/api/types";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { classNames } from "@/ui/class-names";
import { CountdownRing } from "@/ui/countdown-ring";
import { useProblemText } from "@/ui/problem-text";
import { reasonText } from "@/ui/reason-text";
import { RestEnd } from "@/ui/rest-end";
import { StateDot } from "@/ui/state-dot";
import { toast } from "@/ui/toast";
import { useNow } from "@/ui/use-now";
import { useWakeKey } from "./queries";

type Rest = GeminiKey["rests"][number];

/** What keeps a key from work right now, and until when; nothing for a healthy one. */
export function KeyRests({ of: key }: { of: GeminiKey }) {
  const { t } = useText();
  const [first, ...others] = key.rests;
  if (key.state === "failing") {
    return (
      <Callout tone="bad" icon={<KeyRound size={18} strokeWidth={1.75} />} title={t("drawer.failing")} hint={t("drawer.failingHint")} />
    );
  }
  if (key.state === "disabled") {
    return (
      <Callout
        tone="quiet"
        icon={<CirclePause size={18} strokeWidth={1.75} />}
        title={t("drawer.disabledTitle")}
        hint={t("drawer.disabledHint")}
      />
    );
  }
  if (key.state === "unknown") {
    return (
      <Callout
        tone="quiet"
        icon={<ScanSearch size={18} strokeWidth={1.75} />}
        title={t("drawer.unknownTitle")}
        hint={t("drawer.unknownHint")}
      />
    );
  }
  if (!first) return null;
  return (
    <section aria-label={t("drawer.rests")}>
      <RestCallout of={key} rest={first} />
      {others.length > 0 && (
        <ul className="mt-1">
          {others.map((rest) => (
            <li key={`${rest.scope}-${rest.model}`} className="flex items-center gap-2.5 border-t border-line py-2.5 first:border-0">
              <StateDot state="resting" />
              <span className="min-w-0 flex-1">
                <span className="mono cut block leading-5">{rest.model || t("rest.wholeKey")}</span>
                <span className="cut block text-caption text-ink-3">{reasonText(t, rest.reason)}</span>
              </span>
              <span className="text-small whitespace-nowrap text-rest">
                <RestEnd until={rest.until} reason={rest.reason} brief />
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function RestCallout({ of: key, rest }: { of: GeminiKey; rest: Rest }) {
  const { t } = useText();
  const problemText = useProblemText();
  const wake = useWakeKey();
  const runWake = () =>
    wake.mutate(key.id, {
      onSuccess: () => toast("done", t("drawer.woken", { name: key.name })),
      onError: (error) => toast("error", t("error.failed", { reason: problemText(error) })),
    });
  const now = useNow();
  const model = rest.model || t("rest.wholeKey");
  const words = { minute_quota: t("rest.minute", { model }), day_quota: t("rest.day", { model }) }[rest.reason];
  return (
    <div className="flex items-center gap-3 rounded-[12px] bg-rest-soft px-3.5 py-3">
      <CountdownRing since={rest.since} until={rest.until} now={now} daily={rest.reason === "day_quota"} />
      <span className="min-w-0 flex-1">
        <span className="block leading-5 font-medium">
          <RestEnd until={rest.until} reason={rest.reason} />
        </span>
        <span className="block text-caption text-ink-2">{words ?? t("rest.other", { model, reason: reasonText(t, rest.reason) })}</span>
        {rest.scope === "project" && <span className="block text-caption text-ink-2">{t("rest.project")}</span>}
      </span>
      <Button small busy={wake.isPending} onClick={runWake}>
        {t("drawer.wake")}
      </Button>
    </div>
  );
}

interface CalloutProps {
  tone: "bad" | "quiet";
  icon: ReactNode;
  title: string;
  hint: string;
}

function Callout({ tone, icon, title, hint }: CalloutProps) {
  return (
    <div className={classNames("flex items-center gap-3 rounded-[12px] px-3.5 py-3", tone === "bad" ? "bg-bad-soft" : "bg-well")}>
      <span className={classNames("flex-none", tone === "bad" ? "text-bad" : "text-ink-3")} aria-hidden="true">
        {icon}
      </span>
      <span className="min-w-0">
        <span className="block leading-5 font-medium">{title}</span>
        <span className="block text-caption text-ink-2">{hint}</span>
      </span>
    </div>
  );
}
