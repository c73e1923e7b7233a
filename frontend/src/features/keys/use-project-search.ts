import { useRef, useState } from "react";
import type { SearchProgress } from "@/api/types";
import { useText } from "@/text/i18n";
import { useProblemText } from "@/ui/problem-text";
import { toast } from "@/ui/toast";
import { useFindProjects } from "./queries";

/** Searches for the keys that share a project in the background of the page, with its progress, a way to stop it, and a closing word. */
export function useProjectSearch() {
  const { t } = useText();
  const problemText = useProblemText();
  const find = useFindProjects();
  const [progress, setProgress] = useState<SearchProgress>();
  const stopping = useRef<AbortController>(undefined);
  const start = async () => {
    const controller = new AbortController();
    stopping.current = controller;
    setProgress({ stage: "mark", done: 0, total: 0 });
    try {
      const { keys, projects, failed } = await find.mutateAsync({ signal: controller.signal, onProgress: setProgress });
      if (failed === 0) toast("done", t("keys.projectsFound", { count: keys, projects }));
      else toast("error", t("keys.projectsPartly", { count: keys, projects, failed }));
    } catch (error) {
      if (controller.signal.aborted) toast("done", t("keys.searchStopped"));
      else toast("error", t("error.failed", { reason: problemText(error) }));
    } finally {
      setProgress(undefined);
    }
  };
  return { progress, start: () => void start(), stop: () => stopping.current?.abort() };
}
