import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ListFilter } from "lucide-react";
import { Fragment, type ReactNode } from "react";
import type { Attempt, RequestDetail as Detail, RequestRecord } from "@/api/types";
import { clock, date, duration, fullTime, type Language, whole } from "@/text/format";
import { useText } from "@/text/i18n";
import type { TextFunction } from "@/text/translate";
import { classNames } from "@/ui/class-names";
import { CopyButton } from "@/ui/copy-button";
import { outcomeText } from "@/ui/outcome-text";
import { reasonText } from "@/ui/reason-text";
import { Failed, Skeleton } from "@/ui/states";
import { requestQuery } from "./queries";
import type { RequestsSearch } from "./search";
import { type Bar, type Lane, marksOf, timelineOf } from "./timeline";

/** What a finger needs, without taking more room; what is cut off would lose a larger ::after with it. */
const reach = "max-md:-my-3 max-md:min-w-11 max-md:py-3";

interface DetailProps {
  id: number;
  /** What the list knows of it already. */
  known?: RequestRecord;
}

/** One request in full: every attempt on one time axis, and what is known of it. */
export function RequestDetail({ id, known }: DetailProps) {
  const detail = useQuery(requestQuery(id));
  const request = detail.data?.request ?? known;
  if (detail.isError) return <Failed error={detail.error} onRetry={() => void detail.refetch()} />;
  return (
    <div className="bg-well px-5 pt-3 pb-4 max-md:px-4" aria-busy={detail.isPending}>
      {detail.data ? <Timeline detail={detail.data} /> : <TimelineSkeleton attempts={request?.attempts ?? 1} />}
      {request && <Facts request={request} />}
    </div>
  );
}

/** About as high as what will stand there. */
function TimelineSkeleton({ attempts }: { attempts: number }) {
  return (
    <div className="timeline">
      <div className="timeline-axis" />
      {Array.from({ length: Math.max(1, attempts) }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: all alike
        <div key={index} className="timeline-lane">
          <Skeleton className="h-8" />
          <Skeleton className="timeline-track h-4" />
        </div>
      ))}
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
          {attempt.gemini_key_masked ? (
            <Link to="/keys" search={{ key: attempt.gemini_key_id }} className={`mono cut block leading-5 hover:underline ${reach}`}>
              {attempt.gemini_key_masked}
            </Link>
          ) : (
            <span className="block leading-5">{t("requests.keyGone")}</span>
          )}
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

/** How many keys were passed over for an attempt, and why. */
function PassedOver({ of: attempt }: { of: Attempt }) {
  const { t, language } = useText();
  const passed = attempt.passed_over;
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

function Facts({ request }: { request: RequestRecord }) {
  const { t, language } = useText();
  const tokens = [
    t("requests.tokensInOut", { in: whole(request.input_tokens), out: whole(request.output_tokens) }),
    request.thoughts_tokens > 0 && t("requests.thoughts", { count: request.thoughts_tokens }),
    request.cached_tokens > 0 && t("requests.cached", { count: request.cached_tokens }),
  ].filter(Boolean);
  const { user_key: user, gemini_key_id: key, gemini_key_masked: masked, model } = request;
  return (
    <dl className="mt-3 grid grid-cols-4 gap-x-6 gap-y-3 border-t border-line pt-3 text-small max-rail:grid-cols-3 max-md:grid-cols-2">
      <Fact name={t("requests.fact.id")}>
        <span className="mono cut" title={request.request_id}>
          {request.request_id}
        </span>
        <CopyButton text={request.request_id} label={t("action.copy")} small />
      </Fact>
      <Fact name={t("requests.fact.time")}>{fullTime(request.time, language)}</Fact>
      <Fact name={t("requests.fact.model")} only={{ model }} what={model}>
        <Link to="/models" search={{ q: model }} className={`mono cut link ${reach}`}>
          {model}
        </Link>
      </Fact>
      <Fact name={t("requests.fact.user")} only={{ user: request.user_key_id }} what={user ?? t("requests.userGone")}>
        {user ? (
          <Link to="/keys" search={{ tab: "user", q: user }} className={`cut link ${reach}`}>
            {user}
          </Link>
        ) : (
          t("requests.userGone")
        )}
      </Fact>
      <Fact name={t("requests.fact.key")} only={key ? { key } : undefined} what={masked ?? t("requests.keyGone")}>
        {key && masked ? (
          <Link to="/keys" search={{ key }} className={`mono cut link ${reach}`}>
            {request.gemini_key_name ?? masked}
          </Link>
        ) : key ? (
          t("requests.keyGone")
        ) : (
          "—"
        )}
      </Fact>
      <Fact
        name={t("requests.fact.form")}
      >{`${apiText(t, request.api)} · ${t(request.stream ? "requests.stream" : "requests.whole")}`}</Fact>
      <Fact name="Token">{tokens.join(t("requests.comma"))}</Fact>
      <Fact name={t("requests.fact.got")}>
        {`${request.status} · ${request.outcome === "ok" ? finishText(t, request.finish) : outcomeText(t, request.outcome)} · ${duration(request.seconds, language)}`}
      </Fact>
    </dl>
  );
}

interface FactProps {
  name: string;
  /** Narrows the list down to what has this in common. */
  only?: Partial<RequestsSearch> | undefined;
  what?: string;
  children: ReactNode;
}

function Fact({ name, only, what, children }: FactProps) {
  const { t } = useText();
  const label = t("requests.only", { what: what ?? "" });
  return (
    <div className="min-w-0">
      <dt className="text-caption text-ink-3">{name}</dt>
      <dd className="flex min-w-0 items-center gap-1 break-words">
        {children}
        {only && (
          <Link
            from="/requests"
            to="/requests"
            search={(now) => ({ ...now, ...only, open: undefined })}
            className="relative flex-none p-1 text-ink-3 after:absolute after:-inset-3 hover:text-ink"
            aria-label={label}
            title={label}
          >
            <ListFilter size={14} strokeWidth={2} aria-hidden />
          </Link>
        )}
      </dd>
    </div>
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
