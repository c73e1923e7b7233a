import { Fragment, type ReactNode } from "react";

interface RichProps {
  /** Text with at most <b>…</b> and <a>…</a> in it, not nested. */
  text: string;
  b?: (content: string) => ReactNode;
  a?: (content: string) => ReactNode;
}

const mark = /<([ab])>(.*?)<\/\1>/g;

/** A sentence whose marked parts become elements, so that a translation stays one sentence. */
export function Rich({ text, b, a }: RichProps) {
  const parts: ReactNode[] = [];
  let end = 0;
  for (const match of text.matchAll(mark)) {
    const content = match[2] ?? "";
    parts.push(text.slice(end, match.index), (match[1] === "a" ? a : b)?.(content) ?? content);
    end = match.index + match[0].length;
  }
  parts.push(text.slice(end));
  // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one sentence keep their places
  return parts.map((part, index) => <Fragment key={index}>{part}</Fragment>);
}
