import { Dialog as Radix } from "radix-ui";
import { type PointerEvent, type ReactNode, useRef } from "react";
import { Scrim } from "./dialog";

interface SheetProps {
  label: string;
  onClose: () => void;
  children: ReactNode;
}

const closeShare = 0.3;
const closeSpeed = 0.5; // px/ms

/** A bottom sheet for phones: it follows the finger, and closes past 30 % of its height or on a quick flick. */
export function Sheet({ label, onClose, children }: SheetProps) {
  const sheet = useRef<HTMLDivElement>(null);
  const drag = useRef<{ y: number; at: number } | null>(null);

  const move = (event: PointerEvent) => {
    if (!drag.current || !sheet.current) return;
    sheet.current.style.transform = `translateY(${Math.max(0, event.clientY - drag.current.y)}px)`;
  };
  const end = (event: PointerEvent) => {
    if (!drag.current || !sheet.current) return;
    const distance = event.clientY - drag.current.y;
    const speed = distance / Math.max(1, event.timeStamp - drag.current.at);
    drag.current = null;
    if (distance > sheet.current.offsetHeight * closeShare || (distance > 24 && speed > closeSpeed)) return onClose();
    sheet.current.style.transform = "";
  };

  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Scrim />
        <Radix.Content ref={sheet} className="sheet over" aria-describedby={undefined}>
          <Radix.Title className="sr-only">{label}</Radix.Title>
          <div
            className="flex h-6 flex-none touch-none items-center justify-center"
            onPointerDown={(event) => {
              drag.current = { y: event.clientY, at: event.timeStamp };
              event.currentTarget.setPointerCapture(event.pointerId);
            }}
            onPointerMove={move}
            onPointerUp={end}
            onPointerCancel={end}
          >
            <span className="h-[5px] w-9 rounded-full bg-line-ctl" />
          </div>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
