import { Link } from "@tanstack/react-router";
import { Fragment, type ReactNode } from "react";
import type { Overview } from "@/api/types";
import { shortFigure, span, whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { Rich } from "@/ui/rich";
import { useNow } from "@/ui/use-now";
import { equationOf } from "./capacity";
import { Projects } from "./projects";

/** The pool in one sentence, what that means, and what the projects add up to. */
export function HealthBanner({ overview, mark }: { overview: Overview; mark: ReactNode }) {
  const { t } = useText();
  return (
    <section className="glass" aria-label={t("console.poolLabel")}>
      {mark}
      <div className="grid items-center gap-x-8 gap-y-4 px-(--pad) pt-5 pb-4.5 md:grid-cols-[minmax(0,1fr)_auto] max-md:pt-1.5 max-md:pb-4">
        <div>
          <Sentence keys={overview.keys} />
          <p className="mt-1 text-pretty text-ink-2">
            <Hint overview={overview} />
          </p>
        </div>
        <Equation overview={overview} />
      </div>
      <Projects overview={overview} />
    </section>
  );
}

const clauses = [
  { state: "healthy", colour: "text-ok" },
  { state: "resting", colour: "text-rest" },
  { state: "failing", colour: "text-bad" },
  { state: "unknown", colour: "text-rest" },
] as const;

function Sentence({ keys }: { keys: Overview["keys"] }) {
  const { t } = useText();
  const shown = clauses.filter(({ state }) => keys[state] > 0);
  if (shown.length === 0) return <h2 className={sentenceStyle}>{t("console.allDisabled")}</h2>;
  return (
    <h2 className={sentenceStyle}>
      {keys.healthy + keys.unknown === 0 && t("console.noneHealthy")}
      {shown.map(({ state, colour }, index) => (
        <span key={state} className="inline-block whitespace-pre">
          <Rich
            text={t(`console.${state}`, { count: keys[state] })}
            b={(figure) => <b className={`font-semibold ${colour}`}>{figure}</b>}
          />
          {index < shown.length - 1 && t("console.comma")}
        </span>
      ))}
    </h2>
  );
}

const sentenceStyle = "text-banner font-semibold tracking-[-0.01em] max-md:text-[22px]/[30px]";

const hourMs = 3_600_000;

/** What the counts mean for requests right now. */
function Hint({ overview }: { overview: Overview }) {
  const { t, language } = useText();
  const now = useNow();
  const { keys } = overview;
  const untilBack = overview.first_back_at === null ? 0 : Date.parse(overview.first_back_at) - now;
  const left = untilBack > 0 ? span(untilBack, language) : "";
  const b = (words: string) => <b className="font-medium text-ink">{words}</b>;
  const toFailing = (words: string) => <KeysLink state="failing">{words}</KeysLink>;
  if (keys.healthy === 0 && keys.unknown === 0) {
    if (keys.resting > 0) return left ? <Rich text={t("console.hint.noneLeftBack", { span: left })} b={b} /> : t("console.hint.noneLeft");
    if (keys.failing > 0) return <Rich text={t("console.hint.allFailing")} a={toFailing} />;
    return <Rich text={t("console.hint.disabled")} a={(words) => <KeysLink state="disabled">{words}</KeysLink>} />;
  }
  const parts: ReactNode[] = [];
  if (keys.resting > 0) {
    // Daily quotas come back together, which is told in other words.
    parts.push(left && untilBack < hourMs ? <Rich text={t("console.hint.resting", { span: left })} b={b} /> : t("console.hint.restingDay"));
  }
  if (keys.failing > 0) {
    parts.push(<Rich text={t(parts.length > 0 ? "console.hint.failing" : "console.hint.failingFirst")} a={toFailing} />);
  }
  if (parts.length === 0) return keys.healthy === 0 ? t("console.hint.unknown") : t("console.hint.fine");
  return parts.map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: two clauses in a fixed order
    <Fragment key={index}>
      {index > 0 && language === "en" && " "}
      {part}
    </Fragment>
  ));
}

function KeysLink({ state, children }: { state: "failing" | "disabled"; children: ReactNode }) {
  return (
    <Link to="/keys" search={{ state }} className="link">
      {children}
    </Link>
  );
}

/** "4 projects × 10 RPM = 40 RPM": quota is the project's, so projects multiply it and keys do not. */
function Equation({ overview }: { overview: Overview }) {
  const { t, language } = useText();
  if (overview.capacity.projects === 0) return null;
  const { projects: n, rpm_used, unknown } = overview.capacity;
  const { each, total } = equationOf(overview.capacity, language);
  const used = t("console.usedNow", { used: shortFigure(rpm_used, language) });
  return (
    <div className="flex items-start gap-x-3.5 gap-y-2 max-md:flex-wrap max-md:justify-between max-md:gap-x-2 max-md:border-t max-md:border-line max-md:pt-3.5">
      <Term figure={whole(n)} unit={t("console.projects", { count: n })} caption={t("console.sharedByProject")} />
      {total === undefined ? (
        <>
          <Sign>·</Sign>
          <Term
            figure={shortFigure(rpm_used, language)}
            unit="RPM"
            caption={t(overview.today.requests > 0 ? "console.limitUnknown" : "console.limitLater")}
          />
        </>
      ) : (
        <>
          <Sign>×</Sign>
          <Term figure={each} unit="RPM" caption={t("console.perProject")} />
          <span className="flex gap-[inherit]">
            <Sign>=</Sign>
            <Term figure={total} unit="RPM" caption={unknown > 0 ? t("console.unknownToo", { count: unknown, used }) : used} />
          </span>
        </>
      )}
    </div>
  );
}

function Term({ figure, unit, caption }: { figure: string | undefined; unit: string; caption: string }) {
  return (
    <span className="text-center">
      <span className="block text-banner font-semibold tracking-[-0.02em] whitespace-nowrap max-md:text-[20px]/[28px]">
        {figure}
        <small className="ml-1 text-small font-medium tracking-normal text-ink-2">{unit}</small>
      </span>
      <span className="block text-caption whitespace-nowrap text-ink-3">{caption}</span>
    </span>
  );
}

function Sign({ children }: { children: ReactNode }) {
  return <span className="text-[18px]/[32px] text-ink-3 max-md:leading-7">{children}</span>;
}
