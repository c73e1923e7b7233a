import { Eraser, MessagesSquare, SlidersHorizontal, Trash2 } from "lucide-react";
import { useEffect, useState } from "react";
import { useStore } from "@/api/store";
import { useText } from "@/text/i18n";
import { Button, IconButton } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { PageHead } from "@/ui/page-head";
import { useProblemText } from "@/ui/problem-text";
import { Empty } from "@/ui/states";
import { toast } from "@/ui/toast";
import { useMedia } from "@/ui/use-media";
import { inlineOf } from "./attach";
import { Composer } from "./composer";
import { faultOf } from "./fault";
import { KeyPicker } from "./key-picker";
import { type PlaygroundKey, playgroundKey, useForgetKey } from "./key-store";
import { CodeButton, CodeDialog, ModelMenu, OptionFields, useOptions } from "./options";
import { FaultText, Turns } from "./turns";
import { useChat } from "./use-chat";

export function PlaygroundPage() {
  const { t } = useText();
  const key = useStore(playgroundKey);
  if (key) return <Playground playgroundKey={key} />;
  return (
    <>
      <PageHead title={t("playground.title")} />
      <KeyPicker />
    </>
  );
}

const icon = { size: 16, strokeWidth: 1.75, "aria-hidden": true } as const;

function Playground({ playgroundKey: key }: { playgroundKey: PlaygroundKey }) {
  const { t } = useText();
  const wide = useMedia("(min-width: 1180px)");
  const { options, models, fault, retry } = useOptions(key);
  const chat = useChat();
  const { busy, stop } = chat;
  useEffect(() => {
    if (!busy) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("[role=dialog], [role=menu]")) stop();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [busy, stop]);
  const clear = () => {
    const undo = chat.clear();
    toast("removed", t("playground.cleared"), { label: t("action.undo"), run: undo });
  };
  const [open, setOpen] = useState<"options" | "code">();
  return (
    <>
      <PageHead title={t("playground.title")}>
        {chat.turns.length > 0 && (
          <Button variant="ghost" icon={<Eraser {...icon} />} onClick={clear}>
            {t("playground.clear")}
          </Button>
        )}
        <CodeButton onClick={() => setOpen("code")} />
      </PageHead>
      <div className="playground">
        <div className="playground-talk">
          {!wide && (
            <div className="mb-4 flex items-center gap-2">
              <ModelMenu model={options.model} names={models} className="max-w-72 flex-1" />
              <IconButton variant="secondary" label={t("playground.options")} onClick={() => setOpen("options")}>
                <SlidersHorizontal size={18} strokeWidth={1.75} aria-hidden />
              </IconButton>
              {chat.turns.length > 0 && (
                <IconButton label={t("playground.clear")} onClick={clear} className="md:hidden">
                  <Eraser size={18} strokeWidth={1.75} aria-hidden />
                </IconButton>
              )}
            </div>
          )}
          {fault && (
            <div className="glass mb-4 px-5 py-4 max-md:px-4">
              <FaultText fault={faultOf(fault)}>
                <div className="mt-2 flex flex-wrap gap-2">
                  <Button small onClick={retry}>
                    {t("action.retry")}
                  </Button>
                  <Button small onClick={() => playgroundKey.set(undefined)}>
                    {t("playground.forget")}
                  </Button>
                </div>
              </FaultText>
            </div>
          )}
          <div className="flex-1">
            {chat.turns.length === 0 ? (
              <Empty
                icon={<MessagesSquare size={22} strokeWidth={1.75} />}
                title={t("playground.emptyTitle")}
                hint={t("playground.emptyHint")}
              />
            ) : (
              <Turns turns={chat.turns} onAgain={chat.busy ? undefined : () => void chat.again(key.key, options)} />
            )}
          </div>
          <Composer
            apiKey={key.key}
            busy={chat.busy}
            disabled={fault !== null}
            inline={inlineOf(chat.turns)}
            onSend={(text, attachments) => void chat.send(key.key, options, text, attachments)}
            onStop={chat.stop}
          />
        </div>
        {wide && (
          <aside className="glass playground-side" aria-label={t("playground.options")}>
            <div>
              <p className="mb-1.5 text-small font-medium" aria-hidden="true">
                {t("playground.model")}
              </p>
              <ModelMenu model={options.model} names={models} className="w-full" />
            </div>
            <OptionFields options={options} />
            <ForgetKey of={key} />
          </aside>
        )}
      </div>
      {open === "options" && (
        <Dialog open onClose={() => setOpen(undefined)} title={t("playground.options")} width={440}>
          <OptionFields options={options} />
          <div className="flex flex-wrap gap-2">
            <CodeButton onClick={() => setOpen("code")} />
            <ForgetKey of={key} />
          </div>
        </Dialog>
      )}
      {open === "code" && <CodeDialog options={options} turns={chat.turns} onClose={() => setOpen(undefined)} />}
    </>
  );
}

function ForgetKey({ of: key }: { of: PlaygroundKey }) {
  const { t } = useText();
  const problemText = useProblemText();
  const forget = useForgetKey();
  // Told by the promise: this button is gone with the key, and what hangs on a mutation's component goes with it.
  const run = () =>
    forget.mutateAsync(key).then(
      () => key.id !== undefined && toast("removed", t("playground.keyDeleted")),
      (error) => toast("error", t("error.failed", { reason: problemText(error) })),
    );
  return (
    <Button className="self-start" busy={forget.isPending} icon={<Trash2 {...icon} />} onClick={() => void run()}>
      {t(key.id === undefined ? "playground.forget" : "playground.deleteKey")}
    </Button>
  );
}
