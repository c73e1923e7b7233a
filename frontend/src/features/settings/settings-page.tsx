import { useQuery } from "@tanstack/react-query";
import { useBlocker, useNavigate, useSearch } from "@tanstack/react-router";
import { Archive, Gauge, HeartPulse, type LucideIcon, MessagesSquare, Repeat, SearchX, Sparkles, TriangleAlert } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Problem } from "@/api/problem";
import { useOtherText, useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { PageHead } from "@/ui/page-head";
import { CleanupPlanView } from "@/ui/plan";
import { useProblemText } from "@/ui/problem-text";
import { SearchField } from "@/ui/search-field";
import { Empty, Failed, Skeleton } from "@/ui/states";
import { toast } from "@/ui/toast";
import { ConflictNote } from "./conflict-note";
import { type Field, fieldOf, fields, type Group } from "./fields";
import { findSettings } from "./find";
import { KeepAliveView } from "./keep-alive";
import { LeaveDialog } from "./leave-dialog";
import { differing, type Path, valueAt } from "./path";
import { cleanupQuery, settingsQuery, useRunCleanup, useSaveSettings, type Versioned } from "./queries";
import { SaveBar } from "./save-bar";
import { type Section, sections } from "./search";
import { SettingRow } from "./setting-row";
import { SymbolsTrial } from "./symbols-trial";
import { type Editing, useDraft } from "./use-draft";
import { faultOf } from "./words";
import { WorstCase } from "./worst-case";

export function SettingsPage() {
  const { t } = useText();
  const settings = useQuery(settingsQuery());
  return (
    <>
      <PageHead title={t("settings.title")} />
      {settings.data ? (
        <SettingsForm current={settings.data} />
      ) : settings.isError ? (
        <div className="glass">
          <Failed error={settings.error} onRetry={() => void settings.refetch()} />
        </div>
      ) : (
        <SettingsSkeleton />
      )}
    </>
  );
}

const allPaths: readonly Path[] = fields.flatMap((field) => (field.kind === "shares" ? [field.path, field.upper] : [field.path]));

function SettingsForm({ current }: { current: Versioned }) {
  const { t } = useText();
  const { section = "routing", q } = useSearch({ from: "/shell/settings" });
  const other = useOtherText("settings", q !== undefined);
  const list = q === undefined ? fields.filter((field) => field.section === section) : findSettings(t, q, other);
  const editing = useDraft(current);
  const { save, saving, refused } = useSave(current, editing);
  const dirty = editing.paths.length > 0;
  const theirs = dirty ? differing(editing.ground.settings, current.settings, allPaths) : [];
  const leaving = useBlocker({
    shouldBlockFn: ({ current: here, next }) => dirty && here.pathname !== next.pathname,
    enableBeforeUnload: dirty,
    withResolver: true,
  });
  // Who saves by the keyboard may not have seen yet that somebody else saved too; merging takes the button that says so.
  useSaveKey(dirty && !saving, theirs.length > 0 ? async () => showConflict() : save);
  return (
    <div className="settings-grid">
      <SectionNav section={q === undefined ? section : undefined} q={q} editing={editing} />
      <div className="min-w-0">
        {theirs.length > 0 && <ConflictNote editing={editing} current={current.settings} theirs={theirs} />}
        {list.length > 0 ? <SettingsCard list={list} editing={editing} refused={refused} /> : <NothingFound />}
        {dirty && (
          <SaveBar editing={editing} saved={current.settings} saving={saving} merging={theirs.length > 0} onSave={() => void save()} />
        )}
      </div>
      {section === "routing" && q === undefined && <WorstCase settings={editing.settings} />}
      {leaving.status === "blocked" && (
        <LeaveDialog
          count={editing.paths.length}
          saving={saving}
          onStay={leaving.reset}
          onDrop={leaving.proceed}
          onSave={async () => ((await save()) ? leaving.proceed() : leaving.reset())}
        />
      )}
    </div>
  );
}

function showConflict(): false {
  document.querySelector("#conflict")?.scrollIntoView({ block: "nearest" });
  return false;
}

/** Saves the draft; leads to the first field at fault, and keeps the draft where the gateway refuses it. */
function useSave(current: Versioned, editing: Editing) {
  const { t, language } = useText();
  const problemText = useProblemText();
  const query = useQuery(settingsQuery());
  const navigate = useNavigate({ from: "/settings" });
  const saving = useSaveSettings();
  const [refused, setRefused] = useState<ReadonlyMap<string, string>>(new Map());
  const show = async (path: string) => {
    const section = fieldOf(path)?.section;
    if (section) await navigate({ search: section === "routing" ? {} : { section }, replace: true });
    // Once it is drawn, and with it what is wrong.
    requestAnimationFrame(() => document.querySelector<HTMLElement>(".option [aria-invalid]")?.focus());
  };
  const save = async (): Promise<boolean> => {
    const bad = editing.paths.find((path) => {
      const field = fieldOf(path);
      return field && faultOf(t, language, field, valueAt(editing.settings, path)) !== undefined;
    });
    if (bad) {
      void show(bad);
      return false;
    }
    setRefused(new Map());
    try {
      await saving.mutateAsync({ draft: editing.draft, etag: current.etag });
      editing.drop();
      toast("done", t("settings.savedToast"));
      return true;
    } catch (error) {
      if (error instanceof Problem && error.code === "version_conflict") {
        await query.refetch();
        return false;
      }
      const faults = error instanceof Problem ? error.faults : [];
      setRefused(new Map(faults.map((fault) => [fault.field, fault.message])));
      if (faults[0]) void show(faults[0].field);
      toast("error", t("error.failed", { reason: problemText(error) }));
      return false;
    }
  };
  return { save, saving: saving.isPending, refused };
}

/** ⌘S and Ctrl+S save while there is something to save. */
function useSaveKey(armed: boolean, save: () => Promise<boolean>) {
  const run = useRef(save);
  run.current = save;
  useEffect(() => {
    if (!armed) return;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "s" || !(event.metaKey || event.ctrlKey) || event.altKey) return;
      event.preventDefault();
      void run.current();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [armed]);
}

const icons: Record<Section, LucideIcon> = {
  routing: Repeat,
  health: HeartPulse,
  quota: Gauge,
  answers: MessagesSquare,
  symbols: Sparkles,
  records: Archive,
};

interface SectionNavProps {
  /** The chosen one; none while a search looks through all. */
  section: Section | undefined;
  q: string | undefined;
  editing: Editing;
}

function SectionNav({ section, q, editing }: SectionNavProps) {
  const { t } = useText();
  const navigate = useNavigate({ from: "/settings" });
  const here = useRef<HTMLButtonElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the chosen one scrolls into sight when it changes
  useEffect(() => void here.current?.scrollIntoView({ block: "nearest", inline: "center" }), [section]);
  return (
    <div className="settings-nav">
      <SearchField
        label={t("settings.search")}
        placeholder={t("settings.search")}
        value={q ?? ""}
        onChange={(next) => void navigate({ search: next ? { q: next } : {}, replace: true, resetScroll: false })}
        className="mb-2"
      />
      <nav aria-label={t("settings.sections")} className="sub-nav">
        {sections.map((one) => {
          const Icon = icons[one];
          const changed = editing.paths.some((path) => fieldOf(path)?.section === one);
          return (
            <button
              key={one}
              type="button"
              ref={one === section ? here : undefined}
              aria-current={one === section ? "page" : undefined}
              onClick={() => void navigate({ search: one === "routing" ? {} : { section: one }, resetScroll: false })}
            >
              <Icon size={18} strokeWidth={1.75} aria-hidden className="max-md:hidden" />
              {t(`settings.section.${one}`)}
              {changed && <i className="change-dot" title={t("settings.changed")} />}
            </button>
          );
        })}
      </nav>
    </div>
  );
}

function NothingFound() {
  const { t } = useText();
  const navigate = useNavigate({ from: "/settings" });
  return (
    <div className="glass">
      <Empty
        icon={<SearchX size={22} strokeWidth={1.75} />}
        title={t("settings.nothingTitle")}
        hint={t("settings.nothingHint")}
        action={<Button onClick={() => void navigate({ search: {} })}>{t("settings.all")}</Button>}
      />
    </div>
  );
}

interface SettingsCardProps {
  list: readonly Field[];
  editing: Editing;
  refused: ReadonlyMap<string, string>;
}

/** Settings by their groups, and with a group what belongs to it beside them. */
function SettingsCard({ list, editing, refused }: SettingsCardProps) {
  const { t } = useText();
  const groups = new Map<Group, Field[]>();
  for (const field of list) {
    groups.set(field.group, [...(groups.get(field.group) ?? []), field]);
  }
  return (
    <div className="glass">
      {[...groups].map(([group, members]) => (
        <section key={group} className="p-(--pad) pb-2! not-first:border-t not-first:border-line">
          <h2 className="text-title font-semibold">{t(`settings.group.${group}.title`)}</h2>
          <p className="text-small text-pretty text-ink-2">{t(`settings.group.${group}.hint`)}</p>
          {group === "symbols" && <SymbolsWarning />}
          <div className="mt-1.5">
            {members.map((field) => (
              <SettingRow key={field.path} field={field} editing={editing} refused={refused} />
            ))}
          </div>
          {group === "cleanup" && <Cleanup />}
          {group === "keep_alive" && <KeepAliveView />}
        </section>
      ))}
      {groups.has("symbols") && <SymbolsTrial />}
    </div>
  );
}

function SymbolsWarning() {
  const { t } = useText();
  return (
    <p className="mt-3 flex items-start gap-2.5 rounded-inset bg-rest-soft px-3.5 py-3 text-small text-rest">
      <TriangleAlert size={16} strokeWidth={1.75} className="mt-0.5 flex-none" aria-hidden />
      {t("settings.symbolsWarning")}
    </p>
  );
}

function SettingsSkeleton() {
  return (
    <div className="settings-grid" aria-busy="true">
      <div className="flex flex-col gap-2 max-md:hidden">
        {sections.map((one) => (
          <Skeleton key={one} className="h-9" />
        ))}
      </div>
      <div className="glass flex flex-col gap-5 p-(--pad)">
        <Skeleton className="h-5 w-1/4" />
        <Skeleton className="h-36" />
        <Skeleton className="h-14" />
        <Skeleton className="h-14" />
        <Skeleton className="h-14" />
      </div>
    </div>
  );
}

function Cleanup() {
  return <CleanupPlanView plan={useQuery(cleanupQuery())} run={useRunCleanup()} />;
}
