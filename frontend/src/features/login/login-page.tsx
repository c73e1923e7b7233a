import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { connection, retryNow } from "@/api/connection";
import { useStore } from "@/api/store";
import { changeLanguage, useText } from "@/text/i18n";
import { Landscape } from "@/ui/landscape";
import { Logo } from "@/ui/logo";
import { useTitle } from "@/ui/page-head";
import { StateDot } from "@/ui/state-dot";
import { LoginForm } from "./login-form";

export function LoginPage() {
  const { t } = useText();
  const { next } = useSearch({ from: "/login" });
  const navigate = useNavigate();
  const router = useRouter();
  useTitle(t("login.submit"));
  const enter = async () => {
    await router.invalidate();
    await navigate({ href: next ?? "/", replace: true });
  };
  return (
    <>
      <Landscape mood="ok" />
      <main className="grid min-h-dvh grid-rows-[1fr_auto_1.25fr] justify-items-center p-6">
        <div className="glass row-start-2 w-full max-w-[392px] rounded-over! px-8 pt-9 pb-7 shadow-(--shadow-over)! max-md:px-6">
          <Logo size={44} />
          <h1 className="mt-4.5 text-[22px]/[30px] font-semibold tracking-[-0.01em]">{t("login.title")}</h1>
          <p className="mb-6 text-ink-2">{t("login.subtitle")}</p>
          <LoginForm onDone={enter} />
          <p className="mt-4 text-caption text-ink-3">{t("login.firstTime")}</p>
        </div>
        <LoginFooter />
      </main>
    </>
  );
}

/** Whether the gateway is awake, which opening this page also sees to, and the other language. */
function LoginFooter() {
  const { t, language } = useText();
  const { state } = useStore(connection);
  useEffect(() => void retryNow(), []);
  const words = { up: t("login.gatewayUp"), waking: t("login.gatewayWaking"), down: t("login.gatewayDown") };
  const dots = { up: "healthy", waking: "unknown", down: "failing" } as const;
  return (
    <footer className="row-start-3 flex flex-wrap items-center justify-center gap-x-4.5 self-end text-caption text-ink-2">
      <span role="status" className="flex items-center gap-2">
        <StateDot state={dots[state]} />
        {words[state]}
      </span>
      <button
        type="button"
        className="h-11 min-w-11 px-1 hover:text-ink"
        onClick={() => changeLanguage(language === "en" ? "zh-CN" : "en")}
      >
        {t("language.other")}
      </button>
    </footer>
  );
}
