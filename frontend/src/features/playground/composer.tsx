import { ArrowUp, ImagePlus, Square, X } from "lucide-react";
import { useRef, useState } from "react";
import { useText } from "@/text/i18n";
import { IconButton } from "@/ui/button";
import { toast } from "@/ui/toast";
import type { Picture } from "./chat";

const mostPictures = 8;
const mostBytes = 10 * 1024 * 1024;

interface ComposerProps {
  busy: boolean;
  disabled: boolean;
  onSend: (text: string, pictures: readonly Picture[]) => void;
  onStop: () => void;
}

/** Where a message is written. Enter sends it, Shift and Enter begins a line; pictures come by paste, drop or choice. */
export function Composer({ busy, disabled, onSend, onStop }: ComposerProps) {
  const { t } = useText();
  const [text, setText] = useState("");
  const [pictures, setPictures] = useState<readonly Picture[]>([]);
  const [dropping, setDropping] = useState(false);
  const files = useRef<HTMLInputElement>(null);
  const empty = text.trim() === "" && pictures.length === 0;

  const take = async (list: Iterable<File>) => {
    const images = [...list].filter((file) => file.type.startsWith("image/"));
    if (images.some((file) => file.size > mostBytes)) toast("error", t("playground.pictureTooLarge"));
    const good = images.filter((file) => file.size <= mostBytes).slice(0, mostPictures - pictures.length);
    const read = await Promise.all(good.map(async (file) => ({ name: file.name, url: await dataUrl(file) })));
    setPictures((now) => [...now, ...read].slice(0, mostPictures));
  };
  const send = () => {
    if (busy || disabled || empty) return;
    onSend(text.trim(), pictures);
    setText("");
    setPictures([]);
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
      {pictures.length > 0 && (
        <ul className="flex flex-wrap gap-2 px-3 pt-3">
          {pictures.map((picture) => (
            <li key={picture.url.length + picture.name} className="relative">
              <img src={picture.url} alt={picture.name} className="size-16 rounded-small object-cover" />
              <button
                type="button"
                className="absolute -top-2 -right-2 grid size-6 place-items-center rounded-full bg-solid shadow-(--shadow-control)"
                aria-label={t("playground.dropPicture", { name: picture.name })}
                onClick={() => setPictures(pictures.filter((one) => one !== picture))}
              >
                <X size={14} aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      )}
      <div className="flex items-end gap-1 p-2">
        <IconButton label={t("playground.addPicture")} onClick={() => files.current?.click()}>
          <ImagePlus size={18} strokeWidth={1.75} aria-hidden />
        </IconButton>
        <input
          ref={files}
          type="file"
          accept="image/*"
          multiple
          hidden
          onChange={(event) => {
            void take(event.target.files ?? []);
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
            void take(event.clipboardData.files);
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
            disabled={disabled || empty}
            onClick={send}
          >
            <ArrowUp size={18} aria-hidden />
          </button>
        )}
      </div>
    </div>
  );
}

function dataUrl(file: File): Promise<string> {
  return new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result));
    reader.onerror = () => fail(reader.error);
    reader.readAsDataURL(file);
  });
}
