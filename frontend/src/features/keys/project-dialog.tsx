import { useInfiniteQuery } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { useState } from "react";
import { whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { Dialog } from "@/ui/dialog";
import { SearchField } from "@/ui/search-field";
import { Failed, Skeleton } from "@/ui/states";
import { useNear } from "@/ui/use-far";
import { usePhone } from "@/ui/use-media";
import { allProjectsQuery } from "./queries";
import { useKeysView } from "./use-keys-view";

/** Chooses the project whose keys are listed, among any number of them: searched, and read on as one scrolls. */
export function ProjectDialog({ onClose }: { onClose: () => void }) {
  const { t } = useText();
  const { search, change } = useKeysView();
  const phone = usePhone(); // whose keyboard would cover the list
  const [q, setQ] = useState("");
  const projects = useInfiniteQuery(allProjectsQuery(q.trim()));
  const more = useNear<HTMLLIElement>(() => projects.hasNextPage && !projects.isFetching && void projects.fetchNextPage());
  const found = projects.data?.pages.flatMap((page) => page.items);
  const choose = (project: string | undefined) => {
    onClose();
    change({ project, page: undefined });
  };
  return (
    <Dialog open onClose={onClose} width={440} title={t("keys.projectTitle")} hint={t("keys.projectHint")}>
      <SearchField
        first={!phone}
        label={t("keys.projectSearch")}
        placeholder={t("keys.projectSearch")}
        value={q}
        onChange={setQ}
        className="flex-none"
      />
      {/* As high with one hit as with many, so that nothing moves while one types. */}
      <ul className="-mx-2.5 h-[min(400px,46dvh)] flex-none overflow-y-auto">
        {q === "" && <Choice name={t("keys.allProjects")} chosen={search.project === undefined} onChoose={() => choose(undefined)} />}
        {found?.map(({ name, keys }) => (
          <Choice key={name} name={name} keys={keys} chosen={search.project === name} onChoose={() => choose(name)} />
        ))}
        {found?.length === 0 && <li className="px-2.5 py-3 text-small text-ink-2">{t(q ? "keys.noProject" : "keys.noProjects")}</li>}
        {projects.isError && <Failed error={projects.error} onRetry={() => void projects.refetch()} />}
        {projects.isPending && <Skeleton className="mx-2.5 h-10" />}
        {projects.hasNextPage && <li ref={more} key={found?.length} className="h-10" />}
      </ul>
    </Dialog>
  );
}

interface ChoiceProps {
  name: string;
  keys?: number;
  chosen: boolean;
  onChoose: () => void;
}

function Choice({ name, keys, chosen, onChoose }: ChoiceProps) {
  const { t } = useText();
  return (
    <li>
      <button type="button" className="menu-item hover:bg-hover" aria-pressed={chosen} onClick={onChoose}>
        <span className="cut min-w-0 flex-1">{name}</span>
        {keys !== undefined && (
          <span className="text-caption text-ink-3" title={t("keys.keysOf", { count: keys })}>
            {whole(keys)}
          </span>
        )}
        <Check size={16} className={chosen ? "flex-none" : "invisible flex-none"} aria-hidden />
      </button>
    </li>
  );
}
