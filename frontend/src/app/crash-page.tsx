import { type ErrorComponentProps, Link } from "@tanstack/react-router";
import { CircleAlert, MapPinOff } from "lucide-react";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { useTitle } from "@/ui/page-head";
import { Empty } from "@/ui/states";

/** A new version of the page has taken the place of the files this one wants to load. */
const outdated = /dynamically imported module|module script failed|error loading/i;

/** What a fault of the page itself looks like: plain words and a way on. */
export function CrashPage({ error }: ErrorComponentProps) {
  const { t } = useText();
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const old = outdated.test(text);
  return (
    <div role="alert" className="mx-auto grid min-h-[60dvh] max-w-xl place-items-center p-4">
      <div className="glass w-full">
        <Empty
          icon={<CircleAlert size={22} strokeWidth={1.75} />}
          title={t(old ? "error.outdatedTitle" : "error.pageTitle")}
          hint={t(old ? "error.outdatedHint" : "error.pageHint")}
          action={
            <span className="flex flex-wrap justify-center gap-2">
              <Button onClick={() => location.reload()}>{t("error.reload")}</Button>
              {!old && <CopyButton text={text} label={t("error.copyDetails")} />}
            </span>
          }
        />
      </div>
    </div>
  );
}

export function MissingPage() {
  const { t } = useText();
  useTitle(t("error.missingTitle"));
  return (
    <section className="glass mx-auto mt-[12dvh] max-w-xl">
      <Empty
        icon={<MapPinOff size={22} strokeWidth={1.75} />}
        title={t("error.missingTitle")}
        hint={t("error.missingHint")}
        action={
          <Link to="/" className="btn btn-secondary">
            {t("error.goConsole")}
          </Link>
        }
      />
    </section>
  );
}
