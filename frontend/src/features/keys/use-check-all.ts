import { useRef, useState } from "react";
import { useText } from "@/text/i18n";
import { useProblemText } from "@/ui/problem-text";
import { toast } from "@/ui/toast";
import { useCheckKeys } from "./queries";

interface Progress {
  done: number;
  total: number;
  failing: number;
}

/** Checks many keys in the background of the page, with its progress, a way to stop it, and a closing word that leads to those that failed. */
export function useCheckAll(onLook: () => void) {
  const { t } = useText();
  const problemText = useProblemText();
  const check = useCheckKeys();
  const [progress, setProgress] = useState<Progress>();
  const stopping = useRef<AbortController>(undefined);
  const start = async (ids?: readonly number[]) => {
    const controller = new AbortController();
    stopping.current = controller;
    let latest: Progress = { done: 0, total: ids?.length ?? 0, failing: 0 };
    const onProgress = (next: Progress) => {
      latest = next;
      setProgress(next);
    };
    onProgress(latest);
    try {
      const { done, failing } = await check.mutateAsync({ ...(ids && { ids }), signal: controller.signal, onProgress });
      if (failing === 0) toast("done", t("keys.checkedAll", { count: done }));
      else toast("error", t("keys.checkedSome", { total: done, bad: failing }), { label: t("action.look"), run: onLook });
    } catch (error) {
      if (controller.signal.aborted) toast("done", t("keys.checkStopped", { done: latest.done, total: latest.total, bad: latest.failing }));
      else toast("error", t("error.failed", { reason: problemText(error) }));
    } finally {
      setProgress(undefined);
    }
  };
  return { progress, start: (ids?: readonly number[]) => void start(ids), stop: () => stopping.current?.abort() };
}
