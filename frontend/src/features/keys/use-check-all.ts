import { useState } from "react";
import { useText } from "@/text/i18n";
import { useProblemText } from "@/ui/problem-text";
import { toast } from "@/ui/toast";
import { useCheckKeys } from "./queries";

/** Checks many keys in the background of the page, with its progress and a closing word. */
export function useCheckAll() {
  const { t } = useText();
  const problemText = useProblemText();
  const check = useCheckKeys();
  const [progress, setProgress] = useState<{ done: number; total: number }>();
  const start = (ids?: readonly number[]) => {
    setProgress({ done: 0, total: ids?.length ?? 0 });
    check.mutate(
      { ...(ids && { ids }), onProgress: setProgress },
      {
        onSuccess: ({ total, bad }) => {
          if (bad === 0) toast("done", t("keys.checkedAll", { count: total }));
          else toast("error", t("keys.checkedSome", { total, bad }));
        },
        onError: (error) => toast("error", t("error.failed", { reason: problemText(error) })),
        onSettled: () => setProgress(undefined),
      },
    );
  };
  return { progress, start };
}
