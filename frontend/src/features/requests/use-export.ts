import { useEffect, useRef, useState } from "react";
import { whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { useProblemText } from "@/ui/problem-text";
import { toast } from "@/ui/toast";
import { exportedTo, type Filter, saveCsv } from "./queries";

/** The export of what is listed: how many rows were read so far, undefined where none runs; it ends when the page is left. */
export function useExport(filter: Filter) {
  const { t } = useText();
  const problemText = useProblemText();
  const [rows, setRows] = useState<number>();
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const start = async () => {
    const abort = new AbortController();
    running.current = abort;
    setRows(0);
    try {
      const count = await saveCsv(filter, { signal: abort.signal, onRows: setRows });
      toast("done", t(count < exportedTo ? "requests.exported" : "requests.exportedMost", { count, rows: whole(count) }));
    } catch (error) {
      if (!abort.signal.aborted) toast("error", t("error.failed", { reason: problemText(error) }));
    } finally {
      setRows(undefined);
    }
  };
  return { rows, start: () => void start(), stop: () => running.current?.abort() };
}
