import { useQuery, useQueryClient } from "@tanstack/react-query";
import { X } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { Problem } from "@/api/problem";
import type { GeminiKey, GeminiKeyDetails, GeminiKeyList } from "@/api/types";
import { useText } from "@/text/i18n";
import { IconButton } from "@/ui/button";
import { Sheet } from "@/ui/sheet";
import { Empty, Failed, Skeleton } from "@/ui/states";
import { usePhone } from "@/ui/use-media";
import { KeyActions } from "./key-actions";
import { KeyFacts } from "./key-facts";
import { KeyForm } from "./key-form";
import { KeyHistory, KeyHistorySkeleton } from "./key-history";
import { KeyRests } from "./key-rests";
import { keyDetailsQuery } from "./queries";

const refreshMs = 5_000;

interface KeyDrawerProps {
  id: number;
  onClose: () => void;
}

/** One key in full: beside the table, over it on narrower screens, a sheet from below on a phone. */
export function KeyDrawer({ id, onClose }: KeyDrawerProps) {
  const { t } = useText();
  const phone = usePhone();
  const details = useQuery({ ...keyDetailsQuery(id), refetchInterval: refreshMs });
  const key = useListedKey(id);
  const gone = details.error instanceof Problem && details.error.status === 404;
  const content = (close: () => void) => {
    if (gone) return <Empty icon={<X size={20} aria-hidden />} title={t("drawer.gone")} hint={t("error.notFound")} />;
    if (details.isError && !details.data) return <Failed error={details.error} onRetry={() => void details.refetch()} />;
    if (details.data) return <KeyDetails of={details.data.key} details={details.data} onClose={close} />;
    return key ? <KeyDetails of={key} onClose={close} /> : <DrawerSkeleton />;
  };
  if (phone) {
    return (
      <Sheet label={t("drawer.label")} onClose={onClose}>
        {content}
      </Sheet>
    );
  }
  return <SidePanel onClose={onClose}>{content(onClose)}</SidePanel>;
}

/** The key as its list shows it, so that its panel opens with what is known already. */
function useListedKey(id: number): GeminiKey | undefined {
  const lists = useQueryClient().getQueriesData<GeminiKeyList>({ queryKey: ["gemini-keys", "list"] });
  return lists.flatMap(([, list]) => list?.items ?? []).find((key) => key.id === id);
}

/** Not modal: the table beside it stays usable. Escape closes it, and the focus goes back to the row. */
function SidePanel({ onClose, children }: { onClose: () => void; children: ReactNode }) {
  const { t } = useText();
  const panel = useRef<HTMLElement>(null);
  const close = useRef(onClose);
  close.current = onClose;
  useEffect(() => {
    const before = document.activeElement;
    panel.current?.focus({ preventScroll: true });
    const onKeyDown = (event: KeyboardEvent) => {
      const covered = document.documentElement.dataset.overlay !== undefined;
      if (event.key === "Escape" && !event.defaultPrevented && !covered) close.current();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => {
      document.removeEventListener("keydown", onKeyDown);
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  return (
    <aside
      ref={panel}
      tabIndex={-1}
      aria-label={t("drawer.label")}
      className="drawer over push:sticky! push:top-5 push:h-[max(480px,calc(100dvh-156px))] max-push:fixed! max-push:top-4 max-push:right-4 max-push:bottom-4 max-push:z-30 max-push:w-[392px]"
    >
      {children}
    </aside>
  );
}

interface KeyDetailsProps {
  of: GeminiKey;
  /** Undefined until it is there: its place is kept meanwhile, and nothing stands below that would move. */
  details?: GeminiKeyDetails;
  onClose: () => void;
}

function KeyDetails({ of: key, details, onClose }: KeyDetailsProps) {
  const { t } = useText();
  return (
    <>
      <header data-grab className="flex items-start gap-3 pt-4.5 pr-3.5 pb-3.5 pl-5 max-md:pt-0">
        <div className="min-w-0 flex-1">
          <h2 className="cut font-mono text-dialog font-semibold tracking-[-0.02em]">{key.masked}</h2>
          <p className="cut text-small text-ink-2">{key.project ? `${key.name} · ${key.project}` : key.name}</p>
        </div>
        <IconButton label={t("drawer.close")} onClick={onClose}>
          <X size={18} strokeWidth={1.75} aria-hidden />
        </IconButton>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div tabIndex={0} className="flex min-h-0 flex-1 flex-col gap-5 overflow-y-auto px-5 pb-5 focus-visible:-outline-offset-2">
        <KeyRests of={key} />
        <KeyFacts of={key} details={details} />
        {details ? <KeyHistory of={details} /> : <KeyHistorySkeleton />}
        {details && key.state !== "removed" && <KeyForm of={key} />}
      </div>
      {key.state !== "removed" && <KeyActions of={key} onRemoved={onClose} />}
    </>
  );
}

function DrawerSkeleton() {
  return (
    <div className="flex flex-col gap-4 p-5" aria-busy="true">
      <Skeleton className="h-6 w-1/2" />
      <Skeleton className="h-16" />
      <Skeleton className="h-24" />
      <Skeleton className="h-40" />
    </div>
  );
}
