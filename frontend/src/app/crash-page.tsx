import { Link } from "@tanstack/react-router";
import { CircleAlert, MapPinOff } from "lucide-react";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { Landscape } from "@/ui/landscape";
import { Empty } from "@/ui/states";

/** What a fault of the page itself looks like: plain words and a way on. */
export function CrashPage() {
  const { t } = useText();
  return (
    <div role="alert" className="mx-auto grid min-h-[60dvh] max-w-xl place-items-center p-4">
      <div className="glass w-full">
        <Empty
          icon={<CircleAlert size={22} strokeWidth={1.75} />}
          title={t("error.pageTitle")}
          hint={t("error.pageHint")}
          action={<Button onClick={() => location.reload()}>{t("error.reload")}</Button>}
        />
      </div>
    </div>
  );
}

export function MissingPage() {
  const { t } = useText();
  return (
    <main className="mx-auto grid min-h-dvh max-w-xl place-items-center p-4">
      <Landscape mood="ok" />
      <div className="glass w-full">
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
      </div>
    </main>
  );
}
