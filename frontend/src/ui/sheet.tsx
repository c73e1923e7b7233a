import { type PointerEvent, type ReactNode, useRef } from "react";
import { Modal } from "./modal";

interface SheetProps {
  label: string;
  onClose: () => void;
  /** What it holds; parts with data-grab can be pulled, besides the grabber. Gets what closes the sheet. */
  children: (close: () => void) => ReactNode;
}

const closeShare = 0.3;
const closeSpeed = 0.5; // px/ms
const leaveMs = 200;

/** A bottom sheet for phones: it follows the finger, and closes past 30 % of its height or on a quick flick. */
export function Sheet({ label, onClose, children }: SheetProps) {
  const sheet = useRef<HTMLDivElement>(null);
  const drag = useRef<{ from: number; y: number; at: number; speed: number } | null>(null);

  const close = async () => {
    const moves = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    await sheet.current?.animate?.(
      { transform: "translateY(100%)" },
      { duration: moves ? leaveMs : 0, easing: "ease-in", fill: "forwards" },
    ).finished;
    onClose();
  };
  const start = (event: PointerEvent) => {
    if (!(event.target instanceof Element) || !event.target.closest("[data-grab]") || event.target.closest("button")) return;
    drag.current = { from: event.clientY, y: event.clientY, at: event.timeStamp, speed: 0 };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent) => {
    if (!drag.current || !sheet.current) return;
    const { from, y, at } = drag.current;
    const speed = (event.clientY - y) / Math.max(1, event.timeStamp - at);
    drag.current = { from, y: event.clientY, at: event.timeStamp, speed };
    sheet.current.style.transform = `translateY(${Math.max(0, event.clientY - from)}px)`;
  };
  const end = (event: PointerEvent) => {
    if (!drag.current || !sheet.current) return;
    const { from, at, speed } = drag.current;
    const distance = event.clientY - from;
    drag.current = null;
    const flicked = distance > 24 && speed > closeSpeed && event.timeStamp - at < 100; // a finger that rests before it leaves is no flick
    if (event.type === "pointerup" && (distance > sheet.current.offsetHeight * closeShare || flicked)) return void close();
    sheet.current.style.transform = "";
  };

  return (
    <Modal
      ref={sheet}
      light
      onClose={() => void close()}
      aria-label={label}
      className="sheet over"
      onPointerDown={start}
      onPointerMove={move}
      onPointerUp={end}
      onPointerCancel={end}
    >
      <div data-grab className="flex h-6 flex-none items-center justify-center">
        <span className="h-[5px] w-9 rounded-full bg-line-ctl" />
      </div>
      {children(() => void close())}
    </Modal>
  );
}
