import { useQuery } from "@tanstack/react-query";
import { ChevronDown, Eraser, MessagesSquare, Trash2 } from "lucide-react";
import { useState } from "react";
import { useStore } from "@/api/store";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { Menu, MenuChoice } from "@/ui/menu";
import { PageHead } from "@/ui/page-head";
import { useProblemText } from "@/ui/problem-text";
import { Empty } from "@/ui/states";
import { toast } from "@/ui/toast";
import { Composer } from "./composer";
import { KeyPicker } from "./key-picker";
import { modelNamesQuery, type PlaygroundKey, playgroundKey, useForgetKey } from "./key-store";
import { Turns } from "./turns";
import { useChat } from "./use-chat";

const usualModel = "gemini-flash-latest";

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

function Playground({ playgroundKey: key }: { playgroundKey: PlaygroundKey }) {
  const { t } = useText();
  const [chosen, setChosen] = useState<string>();
  const [thoughts, setThoughts] = useState(true);
  const chat = useChat();
  const models = useQuery(modelNamesQuery(key));
  const names = models.data ?? [];
  const model = chosen ?? (names.includes(usualModel) || names.length === 0 ? usualModel : (names[0] ?? usualModel));
  const tools = (
    <>
      <ModelMenu model={model} names={names} onChoose={setChosen} />
      <button type="button" className="chip" aria-pressed={thoughts} onClick={() => setThoughts(!thoughts)}>
        {t("playground.showThoughts")}
      </button>
      <span className="flex-1" />
      {chat.turns.length > 0 && (
        <Button variant="ghost" icon={<Eraser size={16} strokeWidth={1.75} aria-hidden />} onClick={chat.clear}>
          {t("action.clear")}
        </Button>
      )}
      <ForgetKey of={key} />
    </>
  );
  return (
    <div className="mx-auto flex min-h-[calc(100dvh-90px)] max-w-3xl flex-col max-md:min-h-[calc(100dvh-180px)]">
      <PageHead title={t("playground.title")} />
      <div className="mb-4 flex flex-wrap items-center gap-2">{tools}</div>
      {models.isError && (
        <p role="alert" className="mb-4 rounded-inset bg-bad-soft px-4 py-3 text-small text-bad">
          {t("playground.failed", { reason: models.error.message })}
        </p>
      )}
      <div className="flex-1">
        {chat.turns.length === 0 ? (
          <Empty
            icon={<MessagesSquare size={22} strokeWidth={1.75} />}
            title={t("playground.emptyTitle")}
            hint={t("playground.emptyHint")}
          />
        ) : (
          <Turns turns={chat.turns} />
        )}
      </div>
      <Composer
        busy={chat.busy}
        disabled={models.isError}
        onSend={(text, pictures) => void chat.send({ key: key.key, model, thoughts, text, pictures })}
        onStop={chat.stop}
      />
    </div>
  );
}

interface ModelMenuProps {
  model: string;
  names: readonly string[];
  onChoose: (model: string) => void;
}

function ModelMenu({ model, names, onChoose }: ModelMenuProps) {
  const { t } = useText();
  const all = names.includes(model) ? names : [model, ...names];
  return (
    <Menu
      align="start"
      trigger={
        <button type="button" className="btn btn-secondary max-w-72 min-w-0" aria-label={`${t("playground.model")}: ${model}`}>
          <span className="mono cut">{model}</span>
          <ChevronDown size={16} className="flex-none" aria-hidden />
        </button>
      }
    >
      <MenuChoice
        label={t("playground.model")}
        value={model}
        options={all.map((name) => ({ value: name, label: name }))}
        onChange={onChoose}
      />
    </Menu>
  );
}

function ForgetKey({ of: key }: { of: PlaygroundKey }) {
  const { t } = useText();
  const problemText = useProblemText();
  const forget = useForgetKey();
  const run = () =>
    forget.mutate(key, {
      onSuccess: () => key.id !== undefined && toast("removed", t("playground.keyDeleted")),
      onError: (error) => toast("error", t("error.failed", { reason: problemText(error) })),
    });
  return (
    <Button variant="ghost" busy={forget.isPending} icon={<Trash2 size={16} strokeWidth={1.75} aria-hidden />} onClick={run}>
      {t(key.id === undefined ? "playground.forget" : "playground.deleteKey")}
    </Button>
  );
}
