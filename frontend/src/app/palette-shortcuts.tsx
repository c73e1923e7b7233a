import { Fragment } from "react";
import { useText } from "@/text/i18n";
import { Dialog } from "@/ui/dialog";
import { letters, pages } from "./pages";

const command = /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘" : "Ctrl";

/** What the keyboard can do, by "?". */
export function Shortcuts({ onClose }: { onClose: () => void }) {
  const { t } = useText();
  const lines: [string, string[]][] = [
    [t("palette.key.palette"), [command, "K"]],
    [t("palette.key.search"), ["/"]],
    [t("palette.key.save"), [command, "S"]],
    [t("palette.key.help"), ["?"]],
    [t("palette.key.close"), ["Esc"]],
    ...pages.map(({ to, text }): [string, string[]] => [t("palette.key.go", { page: t(text) }), ["G", letters[to].toUpperCase()]]),
  ];
  return (
    <Dialog open onClose={onClose} title={t("palette.shortcuts")} width={440}>
      <dl className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-6 text-small">
        {lines.map(([what, keys]) => (
          <Fragment key={what}>
            <dt className="flex min-h-9 items-center border-t border-line">{what}</dt>
            <dd className="flex items-center justify-end gap-1 border-t border-line">
              {keys.map((key) => (
                <kbd key={key} className="key-hint min-w-6 text-center">
                  {key}
                </kbd>
              ))}
            </dd>
          </Fragment>
        ))}
      </dl>
    </Dialog>
  );
}
