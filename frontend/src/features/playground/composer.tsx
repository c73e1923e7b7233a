import { ArrowUp, CloudUpload, FileText, LoaderCircle, Paperclip, PencilLine, Square, X } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { useStore } from "@/api/store";
import { bytes, percent } from "@/text/format";
import { useText } from "@/text/i18n";
import { Button, IconButton } from "@/ui/button";
import { useMedia } from "@/ui/use-media";
import type { Attachment } from "./chat";
import { type Item, useAttachments } from "./use-attachments";
import { draft, edited } from "./use-chat";

interface ComposerProps {
  apiKey: string;
  busy: boolean;
  disabled: boolean;
  /** What the conversation sends inline already, in bytes. */
  inline: number;
  onSend: (text: string, attachments: readonly Attachment[]) => void;
  onStop: () => void;
}

/** Where a message is written. Enter sends it, Shift and Enter begins a line; images and files come by paste, drop or choice. */
export function Composer({ apiKey, busy, disabled, inline, onSend, onStop }: ComposerProps) {
  const { t } = useText();
  const text = useStore(draft);
  const editing = useStore(edited);
  const files = useAttachments(apiKey, inline);
  const dropping = useDrop(disabled ? undefined : files.take);
  const input = useRef<HTMLInputElement>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  // Where there is no keyboard but the one on the screen, Enter begins a line, as everywhere on such a device.
  const touch = useMedia("(pointer: coarse)");
  const { start, reset } = files;
  useEffect(() => {
    if (!editing) return;
    draft.set(editing.text);
    start(editing.attachments);
    area.current?.focus();
  }, [editing, start]);
  const empty = text.trim() === "" && files.items.length === 0;
  const blocked = busy || disabled || empty || files.items.some((item) => !item.done);

  const send = () => {
    if (blocked) return;
    onSend(
      text.trim(),
      files.items.flatMap((item) => item.done ?? []),
    );
    draft.set("");
    reset();
    area.current?.focus();
  };
  const leaveEdit = () => {
    edited.set(undefined);
    draft.set("");
    reset();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While a word is composed, Enter takes it; Safari says so only by this key code.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape" && editing && !busy) return leaveEdit();
    if (event.key !== "Enter" || event.shiftKey || (touch && !event.ctrlKey && !event.metaKey)) return;
    event.preventDefault();
    send();
  };

  return (
    <div className="over composer" data-drop={dropping || undefined}>
      {editing && (
        <p className="flex items-center gap-2 pt-1.5 pr-1.5 pl-4 text-small text-ink-2">
          <PencilLine size={15} strokeWidth={1.75} aria-hidden />
          <span className="flex-1">{t("playground.editing")}</span>
          <Button variant="ghost" small onClick={leaveEdit}>
            {t("action.cancel")}
          </Button>
        </p>
      )}
      {files.items.length > 0 && (
        <ul className="flex flex-wrap items-center gap-2.5 px-3 pt-3">
          {files.items.map((item) => (
            <li key={item.id} className="relative">
              {item.done ? <AttachmentView attachment={item.done} small /> : <Uploading item={item} />}
              <button
                type="button"
                className="absolute -top-2 -right-2 grid size-6 place-items-center rounded-full bg-solid shadow-(--shadow-control) after:absolute after:-inset-2.5"
                aria-label={t(item.done ? "playground.dropFile" : "playground.stopFile", { name: item.name })}
                onClick={() => files.drop(item, editing === undefined)}
              >
                <X size={14} aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      )}
      <div className="flex items-end gap-1 p-2">
        <IconButton label={t("playground.addFile")} disabled={disabled} onClick={() => input.current?.click()}>
          <Paperclip size={18} strokeWidth={1.75} aria-hidden />
        </IconButton>
        <input
          ref={input}
          type="file"
          multiple
          hidden
          onChange={(event) => {
            // The list is the field's own: it is empty once the field is.
            files.take([...(event.target.files ?? [])]);
            event.target.value = "";
          }}
        />
        <textarea
          ref={area}
          aria-label={t("playground.message")}
          placeholder={t(dropping ? "playground.drop" : touch ? "playground.placeholderTouch" : "playground.placeholder")}
          rows={1}
          value={text}
          onChange={(event) => draft.set(event.target.value)}
          onPaste={(event) => {
            if (event.clipboardData.files.length === 0) return;
            event.preventDefault();
            files.take([...event.clipboardData.files]);
          }}
          onKeyDown={onKeyDown}
        />
        {busy ? (
          <IconButton variant="secondary" label={t("playground.stop")} aria-keyshortcuts="Escape" onClick={onStop}>
            <Square size={14} fill="currentColor" aria-hidden />
          </IconButton>
        ) : (
          <button
            type="button"
            className="btn btn-primary btn-icon"
            aria-label={t("playground.send")}
            title={t("playground.send")}
            disabled={blocked}
            onClick={send}
          >
            <ArrowUp size={18} aria-hidden />
          </button>
        )}
      </div>
    </div>
  );
}

/** Takes files that are dropped anywhere on the page; tells whether some hover over it. */
function useDrop(take: ((files: File[]) => void) | undefined): boolean {
  const [over, setOver] = useState(false);
  const run = useRef(take);
  run.current = take;
  useEffect(() => {
    const withFiles = (event: DragEvent) => run.current !== undefined && event.dataTransfer?.types.includes("Files");
    const onOver = (event: DragEvent) => {
      if (!withFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const onLeave = (event: DragEvent) => event.relatedTarget === null && setOver(false);
    const onDrop = (event: DragEvent) => {
      if (!withFiles(event)) return;
      event.preventDefault();
      setOver(false);
      run.current?.([...(event.dataTransfer?.files ?? [])]);
    };
    window.addEventListener("dragover", onOver);
    window.addEventListener("dragleave", onLeave);
    window.addEventListener("drop", onDrop);
    return () => {
      window.removeEventListener("dragover", onOver);
      window.removeEventListener("dragleave", onLeave);
      window.removeEventListener("drop", onDrop);
    };
  }, []);
  return over;
}

/** A file on its way: read, or sent so far. */
function Uploading({ item: { name, size, share } }: { item: Item }) {
  const { t } = useText();
  return (
    <FileTag name={name} icon={<LoaderCircle size={18} className="spin flex-none text-ink-2" aria-hidden />}>
      <span role="status">
        {share === undefined ? t("playground.reading") : t("playground.uploading", { share: percent(share, 0), size: bytes(size) })}
      </span>
    </FileTag>
  );
}

/** An image as itself, anything else as its name; a cloud marks what was uploaded and is sent by its id. */
export function AttachmentView({ attachment: { name, type, size, url, fileId }, small }: { attachment: Attachment; small?: boolean }) {
  const { t } = useText();
  if (url && type.startsWith("image/")) {
    return (
      <img
        src={url}
        alt={name}
        className={small ? "size-16 rounded-small object-cover" : "max-h-40 max-w-full rounded-small object-contain"}
      />
    );
  }
  const Icon = fileId ? CloudUpload : FileText;
  return (
    <FileTag name={name} icon={<Icon size={18} strokeWidth={1.75} className="flex-none text-ink-2" aria-hidden />}>
      {bytes(size)}
      {fileId && ` · ${t("playground.uploaded")}`}
    </FileTag>
  );
}

function FileTag({ name, icon, children }: { name: string; icon: ReactNode; children: ReactNode }) {
  return (
    <span className="flex h-12 max-w-60 min-w-0 items-center gap-2.5 rounded-small bg-well px-3" title={name}>
      {icon}
      <span className="min-w-0">
        <span className="cut block text-small leading-4.5">{name}</span>
        <span className="block text-caption leading-4 text-ink-2">{children}</span>
      </span>
    </span>
  );
}
