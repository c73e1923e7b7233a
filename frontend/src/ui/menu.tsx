import { Check } from "lucide-react";
import {
  cloneElement,
  createContext,
  type KeyboardEvent,
  type ReactElement,
  type ReactNode,
  useContext,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { createPortal } from "react-dom";
import { classNames } from "./class-names";

interface MenuProps {
  /** A button; it must hand its properties and its ref on. */
  trigger: ReactElement<Record<string, unknown>>;
  children: ReactNode;
  align?: "start" | "end";
  side?: "top" | "bottom";
}

const gap = 6;
const margin = 12;
const typedMs = 700;

/** Closes the menu that an item stands in. */
const Closing = createContext<() => void>(() => undefined);

/** A menu at its trigger, worked by pointer, arrow keys or the first letters of its items. Focus goes into it and comes back. */
export function Menu({ trigger, children, align = "end", side = "bottom" }: MenuProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const anchor = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    anchor.current?.focus();
  };
  return (
    <>
      {cloneElement(trigger, {
        ref: anchor,
        "aria-haspopup": "menu",
        "aria-expanded": open,
        "aria-controls": open ? id : undefined,
        "data-state": open ? "open" : "closed",
        onClick: () => setOpen(!open),
        onKeyDown: (event: KeyboardEvent) => {
          if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
          event.preventDefault();
          setOpen(true);
        },
      })}
      {open &&
        createPortal(
          <Closing value={close}>
            <Panel id={id} anchor={anchor.current} align={align} side={side} onClose={close} onLeave={() => setOpen(false)}>
              {children}
            </Panel>
          </Closing>,
          document.body,
        )}
    </>
  );
}

interface PanelProps {
  id: string;
  anchor: HTMLElement | null;
  align: "start" | "end";
  side: "top" | "bottom";
  children: ReactNode;
  onClose: () => void;
  /** Closes without taking the focus back. */
  onLeave: () => void;
}

function Panel({ id, anchor, align, side, children, onClose, onLeave }: PanelProps) {
  const panel = useRef<HTMLDivElement>(null);
  const typed = useRef({ text: "", at: 0 });
  useLayoutEffect(() => {
    const put = () => panel.current && anchor && place(panel.current, anchor, align, side);
    put();
    window.addEventListener("scroll", put, true);
    window.addEventListener("resize", put);
    return () => {
      window.removeEventListener("scroll", put, true);
      window.removeEventListener("resize", put);
    };
  }, [anchor, align, side]);
  useEffect(() => {
    const items = itemsOf(panel.current);
    (items.find((item) => item.ariaChecked === "true") ?? items[0])?.focus({ preventScroll: true });
    document.activeElement?.scrollIntoView({ block: "nearest" });
  }, []);
  useEffect(() => {
    const outside = ({ target }: Event) => {
      if (target instanceof Node && !panel.current?.contains(target) && !anchor?.contains(target)) onLeave();
    };
    document.addEventListener("pointerdown", outside, true);
    return () => document.removeEventListener("pointerdown", outside, true);
  }, [anchor, onLeave]);

  const onKeyDown = (event: KeyboardEvent) => {
    const items = itemsOf(panel.current);
    const at = items.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) items.at(to % items.length)?.focus();
    else if (event.key === "Escape") onClose();
    else if (event.key === "Tab") return onClose();
    else if (event.key.length === 1 && event.key !== " " && !event.metaKey && !event.ctrlKey) {
      const text = (event.timeStamp - typed.current.at < typedMs ? typed.current.text : "") + event.key.toLowerCase();
      typed.current = { text, at: event.timeStamp };
      items.find((item) => item.textContent.trim().toLowerCase().startsWith(text))?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div ref={panel} id={id} role="menu" tabIndex={-1} className="menu over" onKeyDown={onKeyDown}>
      {children}
    </div>
  );
}

function itemsOf(panel: HTMLElement | null): HTMLElement[] {
  return [...(panel?.querySelectorAll<HTMLElement>("[role^=menuitem]:not(:disabled)") ?? [])];
}

/** Puts a panel beside its anchor, on the other side where there is more room, and never outside the window. */
function place(panel: HTMLElement, anchor: HTMLElement, align: "start" | "end", side: "top" | "bottom"): void {
  const { left, right, top, bottom } = anchor.getBoundingClientRect();
  const { clientWidth: width, clientHeight: height } = document.documentElement;
  const rooms = { top: top - gap - margin, bottom: height - bottom - gap - margin };
  panel.style.maxHeight = "";
  const wanted = panel.scrollHeight;
  const other = side === "top" ? "bottom" : "top";
  const chosen = rooms[side] >= Math.min(wanted, 240) || rooms[side] >= rooms[other] ? side : other;
  panel.style.maxHeight = `${Math.min(440, rooms[chosen])}px`;
  const wish = align === "start" ? left : right - panel.offsetWidth;
  panel.style.left = `${Math.max(margin, Math.min(wish, width - panel.offsetWidth - margin))}px`;
  panel.style.top = `${chosen === "bottom" ? bottom + gap : top - gap - panel.offsetHeight}px`;
}

interface MenuItemProps {
  icon?: ReactNode;
  children: ReactNode;
  onSelect: () => void;
  bad?: boolean;
  disabled?: boolean;
}

export function MenuItem({ icon, children, onSelect, bad, disabled }: MenuItemProps) {
  const close = useContext(Closing);
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      className={classNames("menu-item", bad && "menu-item-bad")}
      disabled={disabled}
      onPointerMove={(event) => event.currentTarget.focus({ preventScroll: true })}
      onClick={() => {
        close();
        onSelect();
      }}
    >
      {icon}
      {children}
    </button>
  );
}

export function MenuLine() {
  return <hr className="menu-line" />;
}

interface MenuChoiceProps<T extends string> {
  label: string;
  value: T;
  options: { value: T; label: string; icon?: ReactNode }[];
  onChange: (value: T) => void;
}

/** A group of which one is chosen; the chosen one carries a check at its right. */
export function MenuChoice<T extends string>({ label, value, options, onChange }: MenuChoiceProps<T>) {
  const close = useContext(Closing);
  return (
    <div role="group" aria-label={label}>
      <p className="px-2.5 pt-1.5 pb-1 text-caption text-ink-3" aria-hidden="true">
        {label}
      </p>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          role="menuitemradio"
          aria-checked={option.value === value}
          tabIndex={-1}
          className="menu-item"
          onPointerMove={(event) => event.currentTarget.focus({ preventScroll: true })}
          onClick={() => {
            close();
            onChange(option.value);
          }}
        >
          {option.icon}
          <span className="cut min-w-0 flex-1">{option.label}</span>
          {option.value === value && <Check size={16} className="flex-none" aria-hidden />}
        </button>
      ))}
    </div>
  );
}
