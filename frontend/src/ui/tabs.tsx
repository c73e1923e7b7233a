import type { KeyboardEvent, ReactNode } from "react";
import { classNames } from "./class-names";

interface TabListProps<T extends string> {
  /** Of the panel that belongs to the tabs. */
  panel: string;
  label: string;
  value: T;
  tabs: readonly { value: T; content: ReactNode }[];
  onChange: (value: T) => void;
  /** Arrow keys move along the tabs, and only Enter or a click opens one: for tabs that load something. */
  manual?: boolean;
  className: string;
  tabClassName?: string;
}

/** A row of tabs of which one is open; arrow keys move along it, so that it takes one stop of the Tab key. */
export function TabList<T extends string>({ panel, label, value, tabs, onChange, manual, className, tabClassName }: TabListProps<T>) {
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const all = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=tab]")];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: -1 }[event.key];
    const next = to === undefined ? undefined : all.at(to % all.length);
    if (!next) return;
    event.preventDefault();
    next.focus();
    if (!manual) next.click();
  };
  return (
    <div role="tablist" aria-label={label} className={className} onKeyDown={onKeyDown}>
      {tabs.map((tab) => (
        <button
          key={tab.value}
          type="button"
          role="tab"
          id={`${panel}-${tab.value}`}
          aria-selected={tab.value === value}
          aria-controls={panel}
          tabIndex={tab.value === value ? 0 : -1}
          className={classNames("tab", tabClassName)}
          onClick={() => onChange(tab.value)}
        >
          {tab.content}
        </button>
      ))}
    </div>
  );
}

/** What the open tab shows. */
export function TabPanel({ id, value, children }: { id: string; value: string; children: ReactNode }) {
  return (
    <div role="tabpanel" id={id} aria-labelledby={`${id}-${value}`} className="outline-0" tabIndex={-1}>
      {children}
    </div>
  );
}
