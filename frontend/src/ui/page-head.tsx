import { type ReactNode, useEffect } from "react";
import { useText } from "@/text/i18n";

/** A page's title and its actions; on a phone the title stands in the top bar, and only the actions stay. */
export function PageHead({ title, children }: { title: string; children?: ReactNode }) {
  const { t } = useText();
  useEffect(() => {
    document.title = `${title} · ${t("product.name")}`;
  }, [title, t]);
  return (
    <div className="mb-4 flex min-h-10 items-center gap-2.5 max-md:mb-0 max-md:min-h-0">
      <h1 className="flex-1 text-page font-semibold tracking-[-0.01em] max-md:sr-only">{title}</h1>
      <div className="flex items-center gap-2.5 max-md:hidden">{children}</div>
    </div>
  );
}
