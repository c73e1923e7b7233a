import { Link } from "@tanstack/react-router";
import { Check } from "lucide-react";
import type { ReactNode } from "react";
import { apiBaseUrl } from "@/api/config";
import type { Overview } from "@/api/types";
import { useText } from "@/text/i18n";
import { classNames } from "@/ui/class-names";
import { snippetModel } from "@/ui/snippet-model";
import { Snippets } from "@/ui/snippets";
import { StateDot } from "@/ui/state-dot";

/** Leads a new gateway to its first answered request: keys, an access key, code to paste. */
export function Guide({ overview }: { overview: Overview }) {
  const { t } = useText();
  const hasKeys = overview.keys.all > 0;
  const hasUserKey = overview.user_keys.all > 0;
  return (
    <section className="glass p-6 max-md:p-4" aria-labelledby="guide-title">
      <h2 id="guide-title" className="text-banner font-semibold tracking-[-0.01em] max-md:text-[22px]/[30px]">
        {t("guide.title")}
      </h2>
      <p className="mt-1 text-pretty text-ink-2">{t("guide.subtitle")}</p>
      <ol className="mt-5 grid gap-3 push:grid-cols-[minmax(0,1fr)_minmax(0,1fr)_minmax(0,1.7fr)]">
        <Step n={1} done={hasKeys} current={!hasKeys} title={t("guide.keys")} hint={t("guide.keysHint")}>
          {hasKeys ? (
            <Done>{t("guide.keysDone", { count: overview.keys.all })}</Done>
          ) : (
            <Link to="/keys" search={{ open: "import" }} className="btn btn-primary">
              {t("console.import")}
            </Link>
          )}
        </Step>
        <Step n={2} done={hasUserKey} current={hasKeys && !hasUserKey} title={t("guide.userKey")} hint={t("guide.userKeyHint")}>
          {hasUserKey ? (
            <Done>{t("guide.userKeysDone", { count: overview.user_keys.all })}</Done>
          ) : (
            <Link
              to="/keys"
              search={{ tab: "user", open: "create" }}
              className={classNames("btn", hasKeys ? "btn-primary" : "btn-secondary")}
            >
              {t("guide.userKeyAction")}
            </Link>
          )}
        </Step>
        <Step n={3} done={false} current={hasKeys && hasUserKey} title={t("guide.request")} hint={t("guide.requestHint")}>
          <Snippets baseUrl={apiBaseUrl()} model={snippetModel(overview)} />
          {hasKeys && hasUserKey && (
            <p className="mt-3 flex items-center gap-2 text-small text-ink-2" role="status">
              <StateDot state="unknown" />
              {t("guide.waiting")}
            </p>
          )}
        </Step>
      </ol>
    </section>
  );
}

interface StepProps {
  n: number;
  done: boolean;
  current: boolean;
  title: string;
  hint: string;
  children: ReactNode;
}

function Step({ n, done, current, title, hint, children }: StepProps) {
  const { t } = useText();
  return (
    <li
      aria-current={current ? "step" : undefined}
      className={classNames(
        "flex min-w-0 flex-col rounded-inset p-4",
        current ? "bg-acc-soft shadow-[inset_0_0_0_1.5px_var(--acc-fill)]" : "bg-well",
      )}
    >
      <span className="flex items-center gap-2.5">
        <span
          className={classNames(
            "grid h-[22px] w-[22px] flex-none place-items-center rounded-full text-axis font-semibold",
            done ? "bg-ok-soft text-ok" : "bg-well-2 text-ink",
          )}
          aria-hidden="true"
        >
          {done ? <Check size={14} strokeWidth={2.5} /> : n}
        </span>
        <span className="sr-only">{t("guide.step", { n })}</span>
        <span className="font-semibold">{title}</span>
      </span>
      <p className="mt-1.5 mb-4 text-small text-pretty text-ink-2">{hint}</p>
      <div className="mt-auto">{children}</div>
    </li>
  );
}

function Done({ children }: { children: ReactNode }) {
  return <p className="text-small font-medium text-ok">{children}</p>;
}
