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
      <dl tabIndex={0} className="text-small focus-visible:-outline-offset-2">
        {lines.map(([what, keys]) => (
          <div key={what} className="flex min-h-9 items-center gap-6 not-first:border-t not-first:border-line">
            <dt className="flex-1">{what}</dt>
            <dd className="flex gap-1">
              {keys.map((key) => (
                <kbd key={key} className="key-hint min-w-6 text-center">
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
