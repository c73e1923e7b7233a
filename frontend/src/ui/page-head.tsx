import { type ReactNode, useEffect, useRef } from "react";
import { useText } from "@/text/i18n";

let visited = false;

/** Names the page in the window's title. */
export function useTitle(title: string): void {
  const { t } = useText();
  useEffect(() => {
    document.title = `${title} · ${t("product.name")}`;
  }, [title, t]);
}

/**
 * A page's title and its actions; on a phone the title stands in the top bar, and only the actions stay. On the way from page to page
 * the focus goes to the title, so that a screen reader tells it and the next Tab leads into the page.
 */
export function PageHead({ title, children }: { title: string; children?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useTitle(title);
  useEffect(() => {
    if (visited && !document.activeElement?.closest("input, textarea, [role=dialog]")) heading.current?.focus({ preventScroll: true });
    visited = true;
  }, []);
  return (
    <div className="mb-4 flex min-h-10 items-center gap-2.5 max-md:mb-0 max-md:min-h-0">
      <h1 ref={heading} tabIndex={-1} className="flex-1 text-page font-semibold tracking-[-0.01em] outline-0 max-md:sr-only">
        {title}
      </h1>
      <div className="flex items-center gap-2.5 max-md:hidden">{children}</div>
    </div>
  );
}
