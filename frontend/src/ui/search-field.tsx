import { Search, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useText } from "@/text/i18n";
import { classNames } from "./class-names";

interface SearchFieldProps {
  label: string;
  placeholder: string;
  value: string;
  onChange: (value: string) => void;
  className?: string;
  /** Has the focus when its dialog opens. */
  first?: boolean;
}

const pauseMs = 250;

/** A search that reports what is typed after a short pause. */
export function SearchField({ label, placeholder, value, onChange, className, first }: SearchFieldProps) {
  const { t } = useText();
  const [text, setText] = useState(value);
  const report = useRef(onChange);
  report.current = onChange;
  const reported = useRef(value);
  useEffect(() => {
    if (value !== reported.current) setText(value);
    reported.current = value;
  }, [value]);
  useEffect(() => {
    if (text === reported.current) return;
    const timer = setTimeout(() => {
      reported.current = text;
      report.current(text);
    }, pauseMs);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <span className={classNames("field", className)}>
      <Search size={16} strokeWidth={1.75} aria-hidden className="flex-none" />
      <input
        type="search"
        data-autofocus={first || undefined}
        aria-label={label}
        placeholder={placeholder}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {text && (
        <button
          type="button"
          className="relative -mr-1 grid size-6 place-items-center after:absolute after:-inset-2.5"
          aria-label={t("action.clear")}
          onClick={() => setText("")}
        >
          <X size={14} aria-hidden />
        </button>
      )}
    </span>
  );
}
