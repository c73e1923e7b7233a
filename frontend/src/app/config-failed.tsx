import { CircleAlert } from "lucide-react";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { Landscape } from "@/ui/landscape";
import { Empty } from "@/ui/states";

/** The page's own server did not say where the gateway is. */
export function ConfigFailed() {
  const { t } = useText();
  return (
    <main className="mx-auto grid min-h-dvh max-w-xl place-items-center p-4">
      <Landscape mood="ok" />
      <div className="glass w-full">
        <Empty
          icon={<CircleAlert size={22} strokeWidth={1.75} />}
          title={t("connection.bootFailed")}
          hint={t("connection.bootFailedHint")}
          action={<Button onClick={() => location.reload()}>{t("action.retry")}</Button>}
        />
      </div>
    </main>
  );
}
