import { CloudOff } from "lucide-react";
import type { ReactNode } from "react";
import { useText } from "@/text/i18n";
import { Button } from "./button";
import { classNames } from "./class-names";
import { useProblemText } from "./problem-text";

interface EmptyProps {
  icon: ReactNode;
  title: string;
  hint: ReactNode;
  action?: ReactNode;
  small?: boolean;
}

/** What is missing here, what it is good for, and one thing to do about it. */
export function Empty({ icon, title, hint, action, small }: EmptyProps) {
  return (
    <div className={classNames("flex flex-col items-center gap-1.5 px-6 text-center", small ? "py-7" : "py-14")}>
      <span className="mb-1 text-ink-3" aria-hidden="true">
        {icon}
      </span>
      <p className="font-semibold">{title}</p>
      <p className="max-w-[38ch] text-small text-pretty text-ink-2">{hint}</p>
      {action && <div className="mt-3">{action}</div>}
    </div>
  );
}

/** What went wrong, what happens about it, and a way to try again. */
export function Failed({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { t } = useText();
  const problemText = useProblemText();
  return (
    <div role="alert">
      <Empty
        icon={<CloudOff size={20} strokeWidth={1.75} />}
        title={t("error.title")}
        hint={problemText(error)}
        action={<Button onClick={onRetry}>{t("action.retryNow")}</Button>}
      />
    </div>
  );
}

export function Skeleton({ className }: { className?: string }) {
  return <div className={classNames("skeleton", className)} aria-hidden="true" />;
}
