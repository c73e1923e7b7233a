import { Link } from "@tanstack/react-router";
import { LoaderCircle } from "lucide-react";
import { useEffect, useRef } from "react";
import { duration, whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { CopyButton } from "@/ui/copy-button";
import type { Turn } from "./chat";

/** The conversation, which keeps its end in sight while an answer is written. */
export function Turns({ turns }: { turns: readonly Turn[] }) {
  const { t } = useText();
  const end = useRef<HTMLDivElement>(null);
  const last = turns.at(-1);
  const length = (last?.text.length ?? 0) + (last?.thoughts.length ?? 0) + turns.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it follows what is written
  useEffect(() => void end.current?.scrollIntoView({ block: "nearest" }), [length]);
  return (
    <div role="log" aria-label={t("playground.log")} className="flex flex-col gap-5 pb-4">
      {turns.map((turn) => (turn.role === "user" ? <Question key={turn.id} turn={turn} /> : <Answer key={turn.id} turn={turn} />))}
      <div ref={end} className="h-24" />
    </div>
  );
}

function Question({ turn }: { turn: Turn }) {
  return (
    <div className="ml-auto max-w-[80%] rounded-inset bg-acc-soft px-4 py-2.5">
      {turn.pictures.length > 0 && (
        <div className="mb-2 flex flex-wrap gap-2">
          {turn.pictures.map((picture) => (
            <img
              key={picture.url.length + picture.name}
              src={picture.url}
              alt={picture.name}
              className="max-h-40 max-w-full rounded-small object-contain"
            />
          ))}
        </div>
      )}
      <p className="break-words whitespace-pre-wrap">{turn.text}</p>
    </div>
  );
}

function Answer({ turn }: { turn: Turn }) {
  const { t } = useText();
  const busy = turn.state === "waiting" || turn.state === "thinking" || turn.state === "writing";
  return (
    <div className="glass glass-soft max-w-full px-5 py-4 max-md:px-4" aria-busy={busy}>
      {turn.thoughts && (
        <details className="mb-3 rounded-inset bg-well px-3.5 py-2.5 text-small text-ink-2" open={turn.state === "thinking"}>
          <summary className="font-medium">{t(turn.state === "thinking" ? "playground.thinking" : "playground.thoughts")}</summary>
          <p className="mt-1.5 break-words whitespace-pre-wrap">{turn.thoughts}</p>
        </details>
      )}
      {turn.state === "waiting" && (
        <p className="flex items-center gap-2 text-ink-2">
          <LoaderCircle size={16} className="spin" aria-hidden />
          {t("playground.waiting")}
        </p>
      )}
      {turn.text && <p className="break-words whitespace-pre-wrap">{turn.text}</p>}
      {turn.state === "failed" && (
        <p role="alert" className="text-bad">
          {t("playground.failed", { reason: turn.fault ?? "" })}
        </p>
      )}
      {turn.state === "stopped" && <p className="text-small text-ink-2">{t("playground.stopped")}</p>}
      <Foot turn={turn} />
    </div>
  );
}

function Foot({ turn: { stats, text, state } }: { turn: Turn }) {
  const { t, language } = useText();
  if (!stats) return null;
  const facts = [
    stats.attempts && t("playground.attempts", { count: stats.attempts }),
    stats.firstSeconds !== undefined && t("playground.first", { span: duration(stats.firstSeconds, language) }),
    stats.totalSeconds !== undefined && t("playground.total", { span: duration(stats.totalSeconds, language) }),
    stats.inputTokens !== undefined && t("playground.tokens", { in: whole(stats.inputTokens), out: whole(stats.outputTokens ?? 0) }),
  ].filter(Boolean);
  return (
    <footer className="mt-2.5 flex flex-wrap items-center gap-x-3 gap-y-1 text-caption text-ink-3">
      <span>{facts.join(" · ")}</span>
      {state !== "waiting" && stats.requestId && (
        <Link to="/requests" search={{ q: stats.requestId, range: "all" }} className="link">
          {t("playground.record")}
        </Link>
      )}
      {state === "done" && text && (
        <span className="ml-auto">
          <CopyButton text={text} label={t("action.copy")} small />
        </span>
      )}
    </footer>
  );
}
