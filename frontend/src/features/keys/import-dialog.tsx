import { useQuery } from "@tanstack/react-query";
import { Eraser } from "lucide-react";
import { type DragEvent, useState } from "react";
import type { ImportProgress, ImportResult } from "@/api/types";
import { whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { Meter } from "@/ui/meter";
import { useProblemText } from "@/ui/problem-text";
import { StateDot } from "@/ui/state-dot";
import { Switch } from "@/ui/switch";
import { toast } from "@/ui/toast";
import { useDebounced } from "@/ui/use-debounced";
import { ImportLines } from "./import-lines";
import { ProjectField } from "./project-field";
import { importPreviewQuery, useImportKeys } from "./queries";

const mostBytes = 4 * 1024 * 1024;
/** Above this the gateway checks by itself, instead of key by key. */
const mostNamed = 200;
const pauseMs = 300;

interface ImportDialogProps {
  onClose: () => void;
  /** Called with the ids to check, where the operator wants that; without them where they are too many to name. */
  onImported: (ids?: readonly number[]) => void;
  /** Leads someone new on to the access key. */
  onNext?: (() => void) | undefined;
}

/**
 * Takes any text and shows what an import of it would do. A pasted key is masked at once: the text moves out of the input into
 * memory, and only the gateway's masked reading of it is shown.
 */
export function ImportDialog({ onClose, onImported, onNext }: ImportDialogProps) {
  const { t } = useText();
  const problemText = useProblemText();
  const [text, setText] = useState("");
  const [project, setProject] = useState("");
  const [weight, setWeight] = useState("");
  const [prefix, setPrefix] = useState("");
  const [checking, setChecking] = useState(true);
  const [dropping, setDropping] = useState(false);
  const settled = useDebounced(text, pauseMs);
  const settledPrefix = useDebounced(prefix.trim(), pauseMs);
  const preview = useQuery(importPreviewQuery(settled, settledPrefix));
  const importKeys = useImportKeys();
  const found = text === "" ? undefined : preview.data;
  const count = found?.added_total ?? 0;
  const [progress, setProgress] = useState<ImportProgress>();
  const weightBad = weight !== "" && !/^([1-9]\d?|100)$/.test(weight);

  const take = (more: string) => {
    if (more.trim() === "") return;
    const next = text === "" ? more : `${text}\n${more}`;
    if (new Blob([next]).size > mostBytes) toast("error", t("import.tooLarge"));
    else setText(next);
  };
  const takeFiles = async (files: readonly File[]) => {
    for (const file of files) {
      try {
        if (file.size > mostBytes) toast("error", t("import.tooLarge"));
        else take(await file.text());
      } catch {
        toast("error", t("import.fileFailed", { name: file.name }));
      }
    }
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setDropping(false);
    void takeFiles([...event.dataTransfer.files]);
  };
  const submit = async () => {
    try {
      const body = {
        text,
        ...(project.trim() && { project: project.trim() }),
        ...(weight && { weight: Number(weight) }),
        ...(prefix.trim() && { name_prefix: prefix.trim() }),
      };
      const { added, added_total: count } = await importKeys.mutateAsync({ ...body, onProgress: setProgress });
      toast("done", t(checking ? "import.doneChecking" : "import.done", { count }), onNext && { label: t("import.next"), run: onNext });
      onClose();
      if (checking && count > 0) onImported(count > mostNamed ? undefined : added.map((key) => key.id));
    } catch {
      // The dialog shows it, and keeps the text for another try.
    } finally {
      setProgress(undefined);
    }
  };
  const working = importKeys.isPending && progress !== undefined && progress.total > mostNamed;

  return (
    <Dialog
      open
      onClose={onClose}
      width={720}
      title={t("import.title")}
      hint={t("import.hint")}
      fault={importKeys.error}
      footer={
        <>
          {working ? <ImportMeter of={progress} /> : <Names of={found} />}
          <Button variant="ghost" onClick={onClose} disabled={importKeys.isPending}>
            {t("action.cancel")}
          </Button>
          <Button
            variant="primary"
            className="max-md:flex-1"
            disabled={count === 0 || weightBad || preview.isFetching || settled !== text}
            busy={importKeys.isPending}
            busyLabel={t("import.submitting")}
            onClick={() => void submit()}
          >
            {count === 0 ? t("import.submitNone") : t("import.submit", { count })}
          </Button>
        </>
      }
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping a file is an extra way in; pasting works by keyboard */}
      <div
        className="flex min-h-0 flex-none flex-col overflow-hidden rounded-inset bg-field shadow-[inset_0_0_0_1px_var(--line-2)] focus-within:shadow-[inset_0_0_0_1px_var(--acc),0_0_0_3px_var(--acc-soft)] data-drop:shadow-[inset_0_0_0_2px_var(--acc)]"
        data-drop={dropping || undefined}
        onDragOver={(event) => {
          event.preventDefault();
          setDropping(true);
        }}
        onDragLeave={() => setDropping(false)}
        onDrop={drop}
      >
        <Summary found={found} reading={text !== "" && (preview.isFetching || settled !== text)} onClear={() => setText("")} />
        {found && <ImportLines result={found} />}
        {preview.isError && text !== "" && (
          <p role="alert" className="px-4 py-2 text-small text-bad">
            {t("import.previewFailed", { reason: problemText(preview.error) })}{" "}
            <button type="button" className="link" onClick={() => void preview.refetch()}>
              {t("action.retry")}
            </button>
          </p>
        )}
        <PasteInput first={text === ""} dropping={dropping} onTake={take} />
      </div>
      <div className="grid flex-none grid-cols-[minmax(0,1fr)_120px_minmax(0,1fr)] gap-4 max-md:grid-cols-[minmax(0,1fr)_104px] max-md:gap-3">
        <ProjectField
          label={t("import.project")}
          placeholder={t("import.projectPlaceholder")}
          value={project}
          maxLength={100}
          onChange={(event) => setProject(event.target.value)}
        />
        <TextField
          label={t("import.weight")}
          inputMode="numeric"
          autoComplete="off"
          placeholder="1"
          value={weight}
          error={weightBad ? t("drawer.needWeight") : undefined}
          onChange={(event) => setWeight(event.target.value.trim())}
        />
        <TextField
          className="max-md:col-span-full"
          label={t("import.prefix")}
          placeholder="key-"
          autoComplete="off"
          value={prefix}
          maxLength={90}
          onChange={(event) => setPrefix(event.target.value)}
        />
      </div>
      <Switch label={t("import.check")} hint={t("import.checkHint")} checked={checking} onChange={setChecking} />
    </Dialog>
  );
}

/** What the new keys will be called. */
function Names({ of: found }: { of: ImportResult | undefined }) {
  const { t } = useText();
  const [first, last] = [found?.added[0], found?.added.at(-1)];
  const all = found?.added.length === found?.added_total;
  const words = !first || !last ? "" : t(all ? "import.names" : "import.namesFrom", { first: first.name, last: last.name });
  return <span className="cut min-w-0 flex-1 text-caption text-ink-2 max-md:hidden">{words}</span>;
}

function ImportMeter({ of: { done, total } }: { of: ImportProgress }) {
  const { t } = useText();
  const words = t("import.progress", { done: whole(done), total: whole(total) });
  return (
    <div className="min-w-0 flex-1 pr-3" role="status">
      <p className="cut mb-1.5 text-caption text-ink-2">{words}</p>
      <Meter plain label={t("import.submitting")} valueText={words} share={total === 0 ? 0 : done / total} />
    </div>
  );
}

interface SummaryProps {
  found: ImportResult | undefined;
  reading: boolean;
  onClear: () => void;
}

function Summary({ found, reading, onClear }: SummaryProps) {
  const { t } = useText();
  const added = found?.added_total ?? 0;
  const duplicates = found?.duplicates_total ?? 0;
  const invalid = found?.invalid_total ?? 0;
  const part = "inline-flex items-center gap-1.5 whitespace-nowrap";
  const number = "ml-0.5 font-semibold text-ink";
  return (
    <div
      role="status"
      className="flex min-h-12 flex-wrap items-center gap-x-5 gap-y-1 border-b border-line px-3.5 py-1.5 text-small text-ink-2 max-md:gap-x-3"
    >
      <span className={part}>
        {reading ? t("import.reading") : t("import.found")} <b className={number}>{whole(added + duplicates + invalid)}</b>
      </span>
      <span className={part}>
        <StateDot state="healthy" still />
        {t("import.new")} <b className={number}>{whole(added)}</b>
      </span>
      <span className={part}>
        <StateDot state="disabled" />
        {t("import.duplicate")} <b className={number}>{whole(duplicates)}</b>
      </span>
      <span className={part}>
        <StateDot state="failing" />
        {t("import.invalid")} <b className={number}>{whole(invalid)}</b>
      </span>
      {found && (
        <Button variant="ghost" small className="ml-auto" icon={<Eraser size={16} strokeWidth={1.75} aria-hidden />} onClick={onClear}>
          {t("action.clear")}
        </Button>
      )}
    </div>
  );
}

interface PasteInputProps {
  first: boolean;
  dropping: boolean;
  onTake: (text: string) => void;
}

/** Where keys are pasted or typed. A paste, Enter, or leaving the field moves its text on, so that no key stays readable in it. */
function PasteInput({ first, dropping, onTake }: PasteInputProps) {
  const { t } = useText();
  const [typed, setTyped] = useState("");
  const take = (text: string) => {
    setTyped("");
    onTake(text);
  };
  return (
    <textarea
      data-autofocus
      aria-label={t("import.inputLabel")}
      className={`mono block w-full flex-none resize-none bg-transparent px-3.5 py-2.5 outline-0 max-md:text-[16px] ${first ? "h-40" : "h-11"}`}
      placeholder={dropping ? t("import.drop") : t(first ? "import.paste" : "import.pasteMore")}
      value={typed}
      rows={1}
      spellCheck={false}
      autoComplete="off"
      autoCapitalize="none"
      onChange={(event) => setTyped(event.target.value)}
      onBlur={() => take(typed)}
      onPaste={(event) => {
        event.preventDefault();
        take(`${typed}${event.clipboardData.getData("text")}`);
      }}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
        event.preventDefault();
        take(typed);
      }}
    />
  );
}
