import { ExternalLink } from "lucide-react";
import { apiBaseUrl } from "@/api/config";
import { useText } from "@/text/i18n";
import { CopyButton } from "@/ui/copy-button";

/** Where applications, scripts and monitors find the gateway. */
export function ApiCard() {
  const { t } = useText();
  const base = apiBaseUrl();
  const links = [
    [t("system.swagger"), "/swagger/index.html"],
    [t("system.spec"), "/swagger/doc.json"],
    [t("system.health"), "/health"],
    [t("system.ready"), "/ready"],
  ] as const;
  return (
    <section className="glass px-(--pad) pt-4 pb-3" aria-labelledby="api">
      <h2 id="api" className="text-title font-semibold">
        {t("system.api")}
      </h2>
      <p className="mt-0.5 text-small text-pretty text-ink-2">{t("system.apiHint")}</p>
      <div className="mt-2 flex items-center gap-2">
        <code className="mono cut min-w-0 flex-1 rounded-small bg-well px-2.5 py-1.5">{base}/v1</code>
        <CopyButton text={`${base}/v1`} label={t("action.copy")} small />
      </div>
      <ul className="mt-1.5 flex flex-wrap gap-x-5">
        {links.map(([name, path]) => (
          <li key={path}>
            <a
              href={base + path}
              target="_blank"
              rel="noopener noreferrer"
              className="inline-flex h-11 items-center gap-1.5 text-small text-acc hover:underline md:h-9"
            >
              {name}
              <ExternalLink size={13} aria-hidden />
              <span className="sr-only">{t("system.newTab")}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
