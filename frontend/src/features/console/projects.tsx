import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { keyState, type Overview, type Project } from "@/api/types";
import { elapsedShare, whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { classNames } from "@/ui/class-names";
import { useNow } from "@/ui/use-now";

const shownAtFirst = 8;
const mostBeads = 12;
/** More beads than these stand below the project's name, not beside it. */
const besideName = 4;
/** What needs a look stands in front where not all keys of a project have room. */
const urgency = ["failing", "resting", "unknown", "disabled", "healthy"];

/** One key, one bead, grouped by project, because quota is per project. */
export function Projects({ overview }: { overview: Overview }) {
  const { t } = useText();
  const [all, setAll] = useState(false);
  const { projects } = overview;
  const hidden = projects.length - shownAtFirst;
  const unlisted = overview.projects_total - projects.length;
  const shown = all || hidden <= 0 ? projects : projects.slice(0, shownAtFirst);
  const tall = shown.some((project) => project.keys_total > besideName);
  return (
    <div className="overflow-hidden rounded-b-card border-t border-line">
      <ul className="-mb-px -ml-px grid grid-cols-2 md:grid-cols-[repeat(auto-fit,minmax(220px,1fr))]" aria-label={t("console.beads")}>
        {shown.map((project, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: keys without a project may share the name ""
          <ProjectBeads key={`${project.name}-${index}`} project={project} tall={tall} />
        ))}
      </ul>
      {hidden > 0 && (
        <div className="flex flex-wrap items-center border-t border-line px-3 py-1">
          <button type="button" className="btn btn-ghost btn-small" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? t("console.fewerProjects") : t("console.moreProjects", { count: overview.projects_total - shownAtFirst })}
          </button>
          {all && unlisted > 0 && (
            <Link to="/keys" className="link ml-2 text-small">
              {t("console.moreProjects", { count: unlisted })}
            </Link>
          )}
        </div>
      )}
    </div>
  );
}

function ProjectBeads({ project, tall }: { project: Project; tall: boolean }) {
  const { t } = useText();
  const now = useNow();
  const limit = project.rpm_limit;
  const crowded = project.keys_total > mostBeads;
  const keys = crowded
    ? project.keys.toSorted((a, b) => urgency.indexOf(keyState(a.state)) - urgency.indexOf(keyState(b.state))).slice(0, mostBeads)
    : project.keys;
  const use = limit === null ? `${whole(project.rpm_used)} RPM` : `${whole(project.rpm_used)} / ${whole(limit)} RPM`;
  return (
    <li
      className={classNames(
        "relative grid min-w-0 items-center gap-x-3 gap-y-1 border-b border-line px-(--pad) pt-[11px] pb-3 before:absolute before:inset-y-3 before:left-0 before:w-px before:bg-line",
        tall ? "grid-cols-[minmax(0,1fr)_auto]" : "grid-cols-[auto_minmax(0,1fr)_auto] max-md:grid-cols-[minmax(0,1fr)_auto]",
      )}
    >
      <span className={classNames("cut text-small text-ink-2", !tall && "max-w-36")} title={project.name}>
        {project.name || t("console.ownProject")}
      </span>
      <span
        className={classNames("flex flex-wrap items-center gap-1", tall ? "order-last col-span-2" : "max-md:order-last max-md:col-span-2")}
      >
        {keys.map((key) => {
          const state = keyState(key.state);
          const fill = key.rest_until && key.rest_since ? elapsedShare(key.rest_since, key.rest_until, now) : 0;
          const words = t("console.beadKey", { name: key.name || key.masked, state: t(`state.${state}`) });
          return (
            <i key={key.id} role="img" className={`bead bead-${state}`} aria-label={words} title={words}>
              {state === "resting" && <i style={{ transform: `scaleY(${fill})` }} />}
            </i>
          );
        })}
        {crowded && <span className="text-caption text-ink-3">+{whole(project.keys_total - mostBeads)}</span>}
      </span>
      <span className="text-right text-caption whitespace-nowrap text-ink-3">{use}</span>
    </li>
  );
}
