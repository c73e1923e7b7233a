import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Fragment, type ReactNode } from "react";
import type { Attempt, RequestDetail as Detail } from "@/api/types";
import { clock, date, duration, fullTime, type Language, whole } from "@/text/format";
import { useText } from "@/text/i18n";
import type { TextFunction } from "@/text/translate";
import { classNames } from "@/ui/class-names";
import { CopyButton } from "@/ui/copy-button";
import { outcomeText } from "@/ui/outcome-text";
import { reasonText } from "@/ui/reason-text";
import { Failed, Skeleton } from "@/ui/states";
import { requestQuery } from "./queries";
import { type Bar, type Lane, marksOf, timelineOf } from "./timeline";

/** One request in full: every attempt on one time axis, and what is known of it. */
export function RequestDetail({ id }: { id: number }) {
  const detail = useQuery(requestQuery(id));
  if (detail.data) {
    return (
      <div className="bg-well px-5 pt-3 pb-4 max-md:px-4">
        <Timeline detail={detail.data} />
        <Facts detail={detail.data} />
      </div>
    );
  }
  if (detail.isError) return <Failed error={detail.error} onRetry={() => void detail.refetch()} />;
  return (
    <div className="flex flex-col gap-3 bg-well p-5" aria-busy="true">
      <Skeleton className="h-6 w-2/3" />
      <Skeleton className="h-6 w-1/2" />
    </div>
  );
}

function Timeline({ detail }: { detail: Detail }) {
  const { t, language } = useText();
  const { lanes, seconds } = timelineOf(detail);
  const marks = marksOf(seconds);
  if (lanes.length === 0) return <p className="py-3 text-small text-ink-2">{t("requests.noAttempts")}</p>;
  return (
    <ol className="timeline" aria-label={t("requests.timeline")}>
      <li className="timeline-axis" aria-hidden="true">
        <span>
          {marks.map((mark) => (
            <i key={mark} style={{ left: `${(mark / seconds) * 100}%` }}>
              {duration(mark, language)}
            </i>
          ))}
        </span>
      </li>
      {lanes.map((lane, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: attempts keep their order for ever
        <Fragment key={index}>
          {lane.waited && (
            <li className="timeline-lane text-ink-2">
              <span className="pl-[46px] text-small max-md:pl-0">{t(index === 0 ? "requests.queued" : "requests.waited")}</span>
              <Track marks={marks} seconds={seconds}>
                <Piece bar={lane.waited} of={seconds} className="timeline-wait" />
              </Track>
              <span className="timeline-time">{duration(lane.waited.length, language)}</span>
            </li>
          )}
          <AttemptLane lane={lane} marks={marks} seconds={seconds} />
        </Fragment>
      ))}
    </ol>
  );
}

function AttemptLane({ lane, marks, seconds }: { lane: Lane; marks: readonly number[]; seconds: number }) {
  const { t, language } = useText();
  const { attempt, took, untilFirstByte } = lane;
  const good = attempt.verdict === "ok";
  return (
    <li className="timeline-lane">
      <div className="flex min-w-0 items-start gap-2.5">
        <span
          className={classNames("tag mt-0.5 min-w-9 flex-none justify-center", good ? "bg-ok-soft! text-ok!" : "bg-bad-soft! text-bad!")}
        >
          {attempt.status || "—"}
        </span>
        <div className="min-w-0">
          <Link to="/keys" search={{ key: attempt.gemini_key_id }} className="mono cut block leading-5 hover:underline">
            {attempt.gemini_key_masked ?? t("requests.keyGone")}
          </Link>
          <span className="block text-caption text-pretty text-ink-3">
            {[attempt.gemini_key_name, attempt.project, good ? undefined : reasonText(t, attempt.verdict)].filter(Boolean).join(" · ")}
            {attempt.rest_until && (
              <span title={fullTime(attempt.rest_until, language)}>
                {" · "}
                {t("requests.restedUntil", { time: moment(attempt.rest_until, language) })}
              </span>
            )}
            {untilFirstByte && ` · ${t("requests.firstByteAfter", { span: duration(untilFirstByte.length, language) })}`}
          </span>
          <PassedOver of={attempt} />
          {attempt.message && (
            <span className="line-clamp-2 text-caption break-words text-ink-2" title={attempt.message}>
              {attempt.message}
            </span>
          )}
        </div>
      </div>
      <Track marks={marks} seconds={seconds}>
        <Piece bar={took} of={seconds} className={good ? "bg-ok-fill" : "bg-bad-fill"} />
        {untilFirstByte && <Piece bar={untilFirstByte} of={seconds} className="timeline-lead" />}
      </Track>
      <span className="timeline-time">{duration(attempt.took_seconds, language)}</span>
    </li>
  );
}

/** How many keys were passed over for an attempt, and why; a gateway of an earlier version does not tell. */
type Passed = { reason: string; keys: number; until?: string | null };

function PassedOver({ of: attempt }: { of: Attempt & { passed_over?: readonly Passed[] | null } }) {
  const { t, language } = useText();
  const passed = attempt.passed_over ?? [];
  if (passed.length === 0) return null;
  const parts = passed.map(({ reason, keys, until }) => {
    const known = passedReasons.find((one) => one === reason);
    const why = known ? t(`requests.passed.${known}`) : reasonText(t, reason);
    const what = t("requests.passedKeys", { count: keys, why });
    return until ? t("requests.passedUntil", { what, time: moment(until, language) }) : what;
  });
  return (
    <span className="block text-caption text-pretty text-ink-3">{t("requests.passedOver", { list: parts.join(t("requests.comma")) })}</span>
  );
}

const passedReasons = ["rpm", "tpm", "rpd", "tried", "protected", "disabled", "failing"] as const;

/** The time alone where it is today, else with its day. */
function moment(time: string, language: Language): string {
  const now = Date.now();
  const today = new Date(time).toDateString() === new Date(now).toDateString();
  return today ? clock(time, true) : `${date(time, now, language)} ${clock(time)}`;
}

function Track({ marks, seconds, children }: { marks: readonly number[]; seconds: number; children: ReactNode }) {
  return (
    <span className="timeline-track" aria-hidden="true">
      {marks.map((mark) => (
        <i key={mark} style={{ left: `${(mark / seconds) * 100}%` }} />
      ))}
      {children}
    </span>
  );
}

function Piece({ bar, of, className }: { bar: Bar; of: number; className: string }) {
  return <b className={className} style={{ left: `${(bar.start / of) * 100}%`, width: `${(bar.length / of) * 100}%` }} />;
}

function Facts({ detail: { request } }: { detail: Detail }) {
  const { t, language } = useText();
  const tokens = [
    t("requests.tokensInOut", { in: whole(request.input_tokens), out: whole(request.output_tokens) }),
    request.thoughts_tokens > 0 && t("requests.thoughts", { count: request.thoughts_tokens }),
    request.cached_tokens > 0 && t("requests.cached", { count: request.cached_tokens }),
  ].filter(Boolean);
  const facts: [string, ReactNode][] = [
    [
      t("requests.fact.id"),
      <span key="id" className="flex items-center gap-1">
        <span className="mono cut">{request.request_id}</span>
        <CopyButton text={request.request_id} label={t("action.copy")} small />
      </span>,
    ],
    [t("requests.fact.time"), fullTime(request.time, language)],
    [
      t("requests.fact.user"),
      request.user_key ? (
        <Link
          key="user"
          to="/requests"
          search={{ user: request.user_key_id, range: "all" }}
          className="link"
          title={t("requests.onlyUser")}
        >
          {request.user_key}
        </Link>
      ) : (
        t("requests.userGone")
      ),
    ],
    [t("requests.fact.form"), `${apiText(t, request.api)} · ${t(request.stream ? "requests.stream" : "requests.whole")}`],
    ["Token", tokens.join(t("requests.comma"))],
    [t("requests.fact.seconds"), duration(request.seconds, language)],
    [t("requests.fact.finish"), request.outcome === "ok" ? finishText(t, request.finish) : outcomeText(t, request.outcome)],
  ];
  return (
    <dl className="mt-3 grid grid-cols-4 gap-x-6 gap-y-3 border-t border-line pt-3 text-small max-rail:grid-cols-3 max-md:grid-cols-2">
      {facts.map(([name, value]) => (
        <div key={name} className="min-w-0">
          <dt className="text-caption text-ink-3">{name}</dt>
          <dd className="break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const apis = ["chat", "responses", "models", "embeddings", "files", "images", "speech", "transcriptions", "native"] as const;

function apiText(t: TextFunction, api: string): string {
  const known = apis.find((one) => one === api);
  return known ? t(`requests.api.${known}`) : api;
}

const finishes = ["STOP", "MAX_TOKENS", "SAFETY", "RECITATION"] as const;

/** Why the model ended, with Gemini's own word behind ours. */
function finishText(t: TextFunction, finish: string): string {
  const known = finishes.find((one) => one === finish);
  return known ? `${t(`requests.finish.${known}`)} (${finish})` : finish || "—";
}
