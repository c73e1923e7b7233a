import { useQueryClient } from "@tanstack/react-query";
import { CloudOff, LoaderCircle } from "lucide-react";
import { useEffect, useRef } from "react";
import { connection, retryNow } from "@/api/connection";
import { useStore } from "@/api/store";
import { ago } from "@/text/format";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { useNow } from "@/ui/use-now";

/** A line over the page while the gateway does not answer; when it is back, everything on screen is read anew. */
export function ConnectionNotice() {
  const state = useStore(connection);
  const queries = useQueryClient();
  const wasDown = useRef(false);
  useEffect(() => {
    if (state.state === "down") wasDown.current = true;
    if (state.state !== "up" || !wasDown.current) return;
    wasDown.current = false;
    void queries.invalidateQueries();
  }, [state, queries]);
  if (state.state === "up") return null;
  return (
    <div className="pointer-events-none fixed inset-x-3 top-3 z-50 flex justify-center max-md:top-15">
      <div role="status" className="toast over pointer-events-auto flex max-w-full items-center gap-3 rounded-inset! py-2 pr-2 pl-4">
        <ConnectionWords />
      </div>
    </div>
  );
}

/** What is the matter with the connection and what happens about it, with a button to try at once. */
export function ConnectionWords() {
  const { t, language } = useText();
  const state = useStore(connection);
  const now = useNow();
  if (state.state !== "down") {
    return (
      <>
        <LoaderCircle size={18} className="spin flex-none text-ink-2" aria-hidden />
        <span className="min-w-0 py-1.5 pr-3">
          <span className="block font-medium">{t("connection.waking")}</span>
          <span className="block text-small text-ink-2">{t("connection.wakingHint")}</span>
        </span>
      </>
    );
  }
  const hint = t("connection.downHint", { ago: ago(new Date(state.retriedAt).toISOString(), now, language), every: state.everySeconds });
  return (
    <>
      <CloudOff size={18} strokeWidth={1.75} className="flex-none text-bad" aria-hidden />
      <span className="min-w-0 flex-1">
        <span className="block font-medium">{t("connection.down")}</span>
        <span className="block text-small text-ink-2">{hint}</span>
      </span>
      <Button small onClick={() => void retryNow()}>
        {t("action.retryNow")}
      </Button>
    </>
  );
}
