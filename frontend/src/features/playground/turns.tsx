import { Link } from "@tanstack/react-router";
import { LoaderCircle, PencilLine, RefreshCw } from "lucide-react";
import { memo, type ReactNode, useEffect, useRef } from "react";
import { duration, whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import type { Turn } from "./chat";
import { AttachmentView } from "./composer";
import { faultText } from "./fault";
import { Markdown } from "./markdown-view";
import { edited, isBusy } from "./use-chat";

interface TurnsProps {
  turns: readonly Turn[];
  /** Asks for the last answer anew; absent while one is written. */
  onAgain: (() => void) | undefined;
}

/** How far from its end a page still counts as read to the end. */
const nearPixels = 160;

/** The conversation, which keeps its end in sight while an answer is written, unless its reader has scrolled up. */
export function Turns({ turns, onAgain }: TurnsProps) {
  const { t } = useText();
  const last = turns.at(-1);
  const length = (last?.text.length ?? 0) + (last?.thoughts.length ?? 0);
  const count = useRef(0);
  useEffect(() => {
    const root = document.documentElement;
    const added = turns.length !== count.current;
    count.current = turns.length;
    if (added || (length > 0 && root.scrollHeight - root.scrollTop - root.clientHeight < nearPixels)) {
      window.scrollTo({ top: root.scrollHeight });
    }
  }, [length, turns.length]);
  return (
    <>
      {/* What grows word by word is not read out word by word: the line below says when an answer is there, and what it is. */}
      <div role="log" aria-live="off" aria-label={t("playground.log")} className="flex flex-col gap-5 pb-6">
        {turns.map((turn) =>
          turn.role === "user" ? (
            <Question key={turn.id} turn={turn} />
          ) : (
            <Answer key={turn.id} turn={turn} onAgain={turn === last ? onAgain : undefined} />
          ),
        )}
      </div>
      <p role="status" className="sr-only">
        {last?.role === "assistant" &&
          (isBusy(last) ? t("playground.waiting") : last.state === "stopped" ? t("playground.stopped") : last.text)}
      </p>
    </>
  );
}

const Question = memo(function Question({ turn }: { turn: Turn }) {
  const { t } = useText();
  return (
    <div className="ml-auto flex max-w-[80%] flex-col items-end">
      <div className="max-w-full rounded-inset bg-acc-soft px-4 py-2.5">
        {turn.attachments.length > 0 && (
          <div className="mb-2 flex flex-wrap gap-2">
            {turn.attachments.map((one, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: what was sent keeps its place
              <AttachmentView key={index} attachment={one} />
            ))}
          </div>
        )}
        <p className="break-words whitespace-pre-wrap">{turn.text}</p>
      </div>
      <div className="flex">
        <Button variant="ghost" small icon={<PencilLine size={15} strokeWidth={1.75} aria-hidden />} onClick={() => edited.set(turn)}>
          {t("playground.edit")}
        </Button>
        {turn.text && <CopyButton text={turn.text} label={t("action.copy")} small />}
      </div>
    </div>
  );
});

const Answer = memo(function Answer({ turn, onAgain }: { turn: Turn; onAgain: (() => void) | undefined }) {
  const { t } = useText();
  return (
    <div className="glass glass-soft max-w-full px-5 py-4 max-md:px-4" aria-busy={isBusy(turn)}>
      {turn.thoughts && (
        <details className="mb-3 rounded-inset bg-well px-3.5 text-small text-ink-2" open={turn.state === "thinking"}>
          <summary className="py-2.5 font-medium max-md:py-3">
            {t(turn.state === "thinking" ? "playground.thinking" : "playground.thoughts")}
          </summary>
          <div className="pb-2.5">
            <Markdown text={turn.thoughts} />
          </div>
        </details>
      )}
      {turn.state === "waiting" && (
        <p className="flex items-center gap-2 text-ink-2">
          <LoaderCircle size={16} className="spin" aria-hidden />
          {t("playground.waiting")}
        </p>
      )}
      {turn.text && <Markdown text={turn.text} />}
      {turn.images.map((url, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: images keep their places
        <a key={index} href={url} download={`image-${index + 1}`} className="mt-2 block w-fit" title={t("playground.saveImage")}>
          <img src={url} alt={t("playground.made")} className="max-h-120 max-w-full rounded-small" />
        </a>
      ))}
      {turn.state === "failed" && turn.fault && <FaultText fault={turn.fault} />}
      {turn.state === "stopped" && <p className="text-small text-ink-2">{t("playground.stopped")}</p>}
      <Foot turn={turn} onAgain={onAgain} />
    </div>
  );
});

/** What went wrong and what to do about it, with the gateway's own words and, where it helps, the way there. */
export function FaultText({ fault, children }: { fault: NonNullable<Turn["fault"]>; children?: ReactNode }) {
  const { t, language } = useText();
  return (
    <div role="alert" className="break-words">
      <p className="text-bad">{t("playground.failed", { reason: faultText(t, fault, language) })}</p>
      {fault.detail && <p className="mt-1 text-caption text-ink-3">{fault.detail}</p>}
      {fault.kind === "noKey" && (
        <Link to="/keys" className="btn btn-secondary btn-small mt-2">
          {t("playground.lookAtKeys")}
        </Link>
      )}
      {children}
    </div>
  );
}

function Foot({ turn: { stats, text, state }, onAgain }: { turn: Turn; onAgain: (() => void) | undefined }) {
  const { t, language } = useText();
  const facts = [
    stats?.attempts && t("playground.attempts", { count: stats.attempts }),
    stats?.firstSeconds !== undefined && t("playground.first", { span: duration(stats.firstSeconds, language) }),
    stats?.totalSeconds !== undefined && t("playground.total", { span: duration(stats.totalSeconds, language) }),
    stats?.inputTokens !== undefined && t("playground.tokens", { in: whole(stats.inputTokens), out: whole(stats.outputTokens ?? 0) }),
    (stats?.thoughtTokens ?? 0) > 0 && t("playground.thoughtTokens", { count: stats?.thoughtTokens ?? 0 }),
  ].filter(Boolean);
  return (
    <footer className="mt-2.5 flex min-h-9 flex-wrap items-center gap-x-3 gap-y-1 text-caption text-ink-3">
      {facts.length > 0 && <span>{facts.join(" · ")}</span>}
      {state !== "waiting" && stats?.requestId && (
        <Link to="/requests" search={{ q: stats.requestId, range: "all" }} className="link relative after:absolute after:-inset-3.5">
          {t("playground.record")}
        </Link>
      )}
      <span className="ml-auto flex">
        {onAgain && (
          <Button variant="ghost" small icon={<RefreshCw size={15} strokeWidth={1.75} aria-hidden />} onClick={onAgain}>
            {t("playground.again")}
          </Button>
        )}
        {text && state !== "writing" && <CopyButton text={text} label={t("action.copy")} small />}
      </span>
    </footer>
  );
}
