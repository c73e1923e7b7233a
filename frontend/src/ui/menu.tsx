import { Check, Search } from "lucide-react";
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
import { useText } from "@/text/i18n";
import { classNames } from "./class-names";

interface MenuProps {
  /** A button; it must hand its properties and its ref on. */
  trigger: ReactElement<Record<string, unknown>>;
  children: ReactNode;
  /** The label of a search, which makes it a list that narrows down as one types: for choices too many to look through. */
  search?: string | undefined;
  align?: "start" | "end";
  side?: "top" | "bottom";
}

const gap = 6;
const margin = 12;
const typedMs = 700;
/** More are found by what is typed. */
const mostDrawn = 200;

/** Closes the menu that an item stands in. */
const Closing = createContext<() => void>(() => undefined);

const Typed = createContext<string | undefined>(undefined);

/** What was typed into the search of the menu around; undefined where there is none. */
export function useTyped(): string | undefined {
  return useContext(Typed);
}

/** A menu at its trigger, worked by pointer, arrow keys or the first letters of its items. Focus goes into it and comes back. */
export function Menu({ trigger, children, search, align = "end", side = "bottom" }: MenuProps) {
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
        "aria-haspopup": search ? "dialog" : "menu",
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
            <Panel id={id} anchor={anchor.current} align={align} side={side} search={search} onClose={close} onLeave={() => setOpen(false)}>
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
  search: string | undefined;
  children: ReactNode;
  onClose: () => void;
  /** Closes without taking the focus back. */
  onLeave: () => void;
}

function Panel({ id, anchor, align, side, search, children, onClose, onLeave }: PanelProps) {
  const panel = useRef<HTMLDivElement>(null);
  const typed = useRef({ text: "", at: 0 });
  const [text, setText] = useState("");
  useLayoutEffect(() => {
    const put = (event?: Event) => {
      // Its own scrolling moves nothing; to measure it anew would take it back to its top.
      if (event?.target instanceof Node && panel.current?.contains(event.target)) return;
      if (panel.current && anchor) place(panel.current, anchor, align, side);
    };
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
    const chosen = items.find((item) => item.ariaChecked === "true" || item.ariaSelected === "true");
    chosen?.scrollIntoView({ block: "nearest" });
    (panel.current?.querySelector("input") ?? chosen ?? items[0])?.focus({ preventScroll: true });
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
    const input = panel.current?.querySelector("input");
    const inInput = event.target === input;
    if (event.nativeEvent.isComposing || (inInput && (event.key === "Home" || event.key === "End"))) return;
    const at = items.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) items.at(to % items.length)?.focus();
    else if (event.key === "Escape") onClose();
    else if (event.key === "Tab") return onClose();
    else if (inInput && event.key === "Enter") items[0]?.click();
    else if (input) return event.key.length === 1 ? input.focus() : undefined;
    else if (event.key.length === 1 && event.key !== " " && !event.metaKey && !event.ctrlKey) {
      const text = (event.timeStamp - typed.current.at < typedMs ? typed.current.text : "") + event.key.toLowerCase();
      typed.current = { text, at: event.timeStamp };
      items.find((item) => item.textContent.trim().toLowerCase().startsWith(text))?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a menu, or a dialog to search in; the rule does not see a role that is chosen
    <div
      ref={panel}
      id={id}
      {...(search ? { role: "dialog", "aria-label": search } : { role: "menu" })}
      tabIndex={-1}
      className={classNames("menu over", search && "menu-search")}
      onKeyDown={onKeyDown}
    >
      {search ? (
        <>
          <span className="field">
            <Search size={16} strokeWidth={1.75} aria-hidden className="flex-none" />
            <input
              type="search"
              aria-label={search}
              placeholder={search}
              autoComplete="off"
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          </span>
          <div className="menu-list">
            <Typed value={text}>{children}</Typed>
          </div>
        </>
      ) : (
        children
      )}
    </div>
  );
}

function itemsOf(panel: HTMLElement | null): HTMLElement[] {
  return [...(panel?.querySelectorAll<HTMLElement>("[role^=menuitem]:not(:disabled), [role=option]") ?? [])];
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
  // Held at the side of its anchor, which stays where it is when the list behind a search grows or shrinks.
  panel.style.top = chosen === "bottom" ? `${bottom + gap}px` : "auto";
  panel.style.bottom = chosen === "top" ? `${height - top + gap}px` : "auto";
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
  /** Whether the choices are what was found elsewhere by what was typed, to be taken as they come. */
  found?: boolean;
  onChange: (value: T) => void;
}

/** A group of which one is chosen; the chosen one carries a check at its right. */
export function MenuChoice<T extends string>({ label, value, options, found, onChange }: MenuChoiceProps<T>) {
  const { t } = useText();
  const close = useContext(Closing);
  const typed = useTyped();
  const listed = typed !== undefined;
  const wanted = found ? "" : typed?.trim().toLowerCase();
  const fitting = wanted ? options.filter((option) => option.label.toLowerCase().includes(wanted)) : options;
  if (listed && fitting.length === 0) {
    return (
      <p role="status" className="px-2.5 py-2.5 text-small text-ink-2">
        {t("menu.none")}
      </p>
    );
  }
  return (
    <div {...{ role: listed ? "listbox" : "group", "aria-label": label }}>
      {!listed && (
        <p className="px-2.5 pt-1.5 pb-1 text-caption text-ink-3" aria-hidden="true">
          {label}
        </p>
      )}
      {fitting.slice(0, mostDrawn).map((option) => (
        <button
          key={option.value}
          type="button"
          {...(listed
            ? { role: "option", "aria-selected": option.value === value }
            : { role: "menuitemradio", "aria-checked": option.value === value })}
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
