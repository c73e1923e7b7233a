import { Trash2, X } from "lucide-react";
import { useEffect, useState } from "react";
import { Store, useStore } from "@/api/store";
import { useText } from "@/text/i18n";
import { IconButton } from "./button";
import { StateDot } from "./state-dot";

interface Toast {
  id: number;
  kind: "done" | "error" | "removed";
  text: string;
  action?: { label: string; run: () => void };
}

const toasts = new Store<readonly Toast[]>([]);
const shownMs = 5_000;
const atMost = 3;
let lastId = 0;

/** Shows a line at the page's corner: what happened, and where it can be undone. Errors stay until closed. */
export function toast(kind: Toast["kind"], text: string, action?: Toast["action"]): void {
  lastId += 1;
  toasts.set([...toasts.get().slice(1 - atMost), { id: lastId, kind, text, ...(action && { action }) }]);
}

function close(id: number): void {
  toasts.set(toasts.get().filter((one) => one.id !== id));
}

export function Toasts() {
  const { t } = useText();
  const shown = useStore(toasts);
  return (
    <section aria-label={t("toast.label")} aria-live="polite" className="toasts">
      {shown.map((one) => (
        <ToastLine key={one.id} toast={one} />
      ))}
    </section>
  );
}

function ToastLine({ toast: one }: { toast: Toast }) {
  const { t } = useText();
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held || one.kind === "error") return;
    const timer = setTimeout(() => close(one.id), shownMs);
    return () => clearTimeout(timer);
  }, [held, one]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only holds the clock while it is read; nothing here is clicked
    <div
      role={one.kind === "error" ? "alert" : "status"}
      className="toast over flex items-center gap-3 rounded-inset! py-1.5 pr-1.5 pl-4"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      {one.kind === "removed" ? (
        <Trash2 size={16} strokeWidth={1.75} className="text-ink-2" aria-hidden />
      ) : (
        <StateDot state={one.kind === "done" ? "healthy" : "failing"} still />
      )}
      <span className="min-w-0 flex-1 py-2">{one.text}</span>
      {one.action && (
        <button
          type="button"
          className="btn btn-ghost btn-small"
          onClick={() => {
            one.action?.run();
            close(one.id);
          }}
        >
          {one.action.label}
        </button>
      )}
      <IconButton label={t("action.close")} onClick={() => close(one.id)}>
        <X size={16} aria-hidden />
      </IconButton>
    </div>
  );
}
