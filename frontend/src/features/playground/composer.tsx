import { ArrowUp, CloudUpload, FileText, LoaderCircle, Paperclip, Square, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { bytes } from "@/text/format";
import { useText } from "@/text/i18n";
import { IconButton } from "@/ui/button";
import { toast } from "@/ui/toast";
import { attach, discard } from "./attach";
import type { Attachment } from "./chat";

const most = 8;
const mostBytes = 100 * 1024 * 1024;

interface ComposerProps {
  apiKey: string;
  busy: boolean;
  disabled: boolean;
  onSend: (text: string, attachments: readonly Attachment[]) => void;
  onStop: () => void;
}

/** Where a message is written. Enter sends it, Shift and Enter begins a line; images and files come by paste, drop or choice. */
export function Composer({ apiKey, busy, disabled, onSend, onStop }: ComposerProps) {
  const { t } = useText();
  const [text, setText] = useState("");
  const [attachments, setAttachments] = useState<readonly Attachment[]>([]);
  const [reading, setReading] = useState(0);
  const [dropping, setDropping] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const leaving = useRef(new AbortController());
  useEffect(() => {
    leaving.current = new AbortController();
    return () => leaving.current.abort();
  }, []);
  const empty = text.trim() === "" && attachments.length === 0;
  const blocked = busy || disabled || empty || reading > 0;

  const take = async (list: Iterable<File>) => {
    const files = [...list];
    if (files.some((file) => file.size > mostBytes)) toast("error", t("playground.tooLarge", { most: bytes(mostBytes) }));
    const good = files.filter((file) => file.size <= mostBytes).slice(0, most - attachments.length);
    setReading((now) => now + good.length);
    for (const file of good) {
      try {
        const one = await attach(file, apiKey, leaving.current.signal);
        setAttachments((now) => [...now, one].slice(0, most));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (!leaving.current.signal.aborted) toast("error", t("playground.notAttached", { name: file.name, reason }));
      } finally {
        setReading((now) => now - 1);
      }
    }
  };
  const send = () => {
    if (blocked) return;
    onSend(text.trim(), attachments);
    setText("");
    setAttachments([]);
  };
  const drop = (one: Attachment) => {
    setAttachments(attachments.filter((other) => other !== one));
    void discard(one, apiKey);
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra way in; the button beside it works by keyboard
    <div
      className="over composer"
      data-drop={dropping || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setDropping(true);
      }}
      onDragLeave={() => setDropping(false)}
      onDrop={(event) => {
        event.preventDefault();
        setDropping(false);
        void take(event.dataTransfer.files);
      }}
    >
      {(attachments.length > 0 || reading > 0) && (
        <ul className="flex flex-wrap items-center gap-2.5 px-3 pt-3">
          {attachments.map((one, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two may be the same file
            <li key={index} className="relative">
              <AttachmentView attachment={one} small />
              <button
                type="button"
                className="absolute -top-2 -right-2 grid size-6 place-items-center rounded-full bg-solid shadow-(--shadow-control) after:absolute after:-inset-2.5"
                aria-label={t("playground.dropFile", { name: one.name })}
                onClick={() => drop(one)}
              >
                <X size={14} aria-hidden />
              </button>
            </li>
          ))}
          {reading > 0 && (
            <li role="status" className="flex items-center gap-2 px-1 text-small text-ink-2">
              <LoaderCircle size={16} className="spin" aria-hidden />
              {t("playground.reading")}
            </li>
          )}
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
            void take([...(event.target.files ?? [])]);
            event.target.value = "";
          }}
        />
        <textarea
          aria-label={t("playground.message")}
          placeholder={t(dropping ? "playground.drop" : "playground.placeholder")}
          rows={1}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onPaste={(event) => {
            if (event.clipboardData.files.length === 0) return;
            event.preventDefault();
            void take([...event.clipboardData.files]);
          }}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
            event.preventDefault();
            send();
          }}
        />
        {busy ? (
          <IconButton variant="secondary" label={t("playground.stop")} onClick={onStop}>
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
    <span className="flex h-12 max-w-60 min-w-0 items-center gap-2.5 rounded-small bg-well px-3" title={name}>
      <Icon size={18} strokeWidth={1.75} className="flex-none text-ink-2" aria-hidden />
      <span className="min-w-0">
        <span className="cut block text-small leading-4.5">{name}</span>
        <span className="block text-caption leading-4 text-ink-3">
          {bytes(size)}
          {fileId && ` · ${t("playground.uploaded")}`}
        </span>
      </span>
    </span>
  );
}
