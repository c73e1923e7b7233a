import { KeyRound } from "lucide-react";
import { useState } from "react";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { TextField } from "@/ui/field";
import { useProblemText } from "@/ui/problem-text";
import { toast } from "@/ui/toast";
import { playgroundKey, useMakeKey } from "./key-store";

/** The playground asks as any application does, so it needs a user key: made here with one click, or pasted. */
export function KeyPicker() {
  const { t } = useText();
  const problemText = useProblemText();
  const make = useMakeKey();
  const [pasted, setPasted] = useState("");
  return (
    <section className="glass mx-auto flex w-full max-w-xl flex-col gap-4 p-6 max-md:p-4">
      <div className="text-center">
        <KeyRound size={22} strokeWidth={1.75} className="mx-auto mb-2 text-ink-3" aria-hidden />
        <h2 className="font-semibold">{t("playground.keyTitle")}</h2>
        <p className="text-small text-pretty text-ink-2">{t("playground.keyHint")}</p>
      </div>
      <Button
        variant="primary"
        busy={make.isPending}
        busyLabel={t("playground.making")}
        onClick={() =>
          make.mutate(t("playground.keyName"), {
            onError: (error) => toast("error", t("error.failed", { reason: problemText(error) })),
          })
        }
      >
        {t("playground.make")}
      </Button>
      <p className="-mt-2 text-center text-caption text-ink-3">{t("playground.makeHint")}</p>
      <form
        className="flex items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (pasted.trim()) playgroundKey.set({ key: pasted.trim() });
        }}
      >
        <TextField
          className="flex-1"
          label={t("playground.paste")}
          type="password"
          placeholder="sk-…"
          autoComplete="off"
          spellCheck={false}
          value={pasted}
          onChange={(event) => setPasted(event.target.value)}
        />
        <Button type="submit" disabled={pasted.trim() === ""}>
          {t("playground.use")}
        </Button>
      </form>
    </section>
  );
}
