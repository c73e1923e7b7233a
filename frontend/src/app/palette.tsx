import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import {
  ArchiveRestore,
  BookOpen,
  Boxes,
  Download,
  Filter,
  Keyboard,
  Languages,
  ListTree,
  LogOut,
  type LucideIcon,
  Plus,
  Search,
  Settings2,
  SunMoon,
  UserRound,
} from "lucide-react";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { api, dataOf } from "@/api/client";
import { apiBaseUrl } from "@/api/config";
import { logOut } from "@/api/session";
import { type GeminiKey, keyState } from "@/api/types";
import { findSettings, fullLabel } from "@/features/settings/find";
import { labelOf } from "@/features/settings/words";
import { changeLanguage, useText } from "@/text/i18n";
import { Modal } from "@/ui/modal";
import { StateDot } from "@/ui/state-dot";
import { useDebounced } from "@/ui/use-debounced";
import { letters, pages } from "./pages";
import { shortcutsOpen } from "./palette-host";
import { chooseTheme } from "./theme";

interface Choice {
  id: string;
  label: ReactNode;
  /** What the search looks through; absent where the gateway has searched. */
  words?: string;
  icon: ReactNode;
  /** The keys that do the same without the palette. */
  keys?: string;
  run: () => void;
}

const mostKeys = 6;
const mostModels = 4;
const mostSettings = 6;
/** What a request's id looks like from its first letters on. */
const requestId = /^(chatcmpl-)?[0-9a-z]{6,}$/i;
const pauseMs = 150;

/** ⌘K: every page, key, setting and command by a few letters. */
export function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useText();
  const listId = useId();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const groups = useGroups(text.trim());
  const choices = groups.flatMap((group) => group.choices);
  const chosen = choices[Math.min(at, choices.length - 1)];
  // biome-ignore lint/correctness/useExhaustiveDependencies: the chosen line is kept in sight
  useEffect(() => void list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }), [chosen?.id]);
  const take = (choice: Choice | undefined) => {
    if (!choice) return;
    onClose();
    choice.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: choices.length - 1 }[event.key];
    if (next !== undefined) setAt((next + choices.length) % Math.max(1, choices.length));
    else if (event.key === "Enter" && !event.nativeEvent.isComposing) take(chosen);
    else return;
    event.preventDefault();
  };
  return (
    <Modal light onClose={onClose} aria-label={t("palette.title")} className="palette over">
      <div className="flex h-14 flex-none items-center gap-3 border-b border-line px-4.5">
        <Search size={18} strokeWidth={1.75} className="flex-none text-ink-3" aria-hidden />
        <input
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={chosen && `${listId}-${chosen.id}`}
          aria-label={t("palette.title")}
          placeholder={t("palette.placeholder")}
          className="h-full min-w-0 flex-1 bg-transparent text-[16px] outline-0"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
        <kbd className="key-hint text-ink-2 max-md:hidden">esc</kbd>
      </div>
      <div ref={list} id={listId} role="listbox" aria-label={t("palette.title")} className="min-h-0 flex-1 overflow-y-auto p-2">
        {groups.map((group) => (
          <div key={group.name} role="group" aria-label={group.name}>
            <p className="px-2.5 pt-2 pb-1 text-caption text-ink-3" aria-hidden="true">
              {group.name}
            </p>
            {group.choices.map((choice) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are heard by the field above
              <div
                key={choice.id}
                id={`${listId}-${choice.id}`}
                role="option"
                tabIndex={-1}
                aria-selected={choice === chosen}
                className="palette-line"
                onPointerMove={() => setAt(choices.indexOf(choice))}
                onClick={() => take(choice)}
              >
                {choice.icon}
                {choice.label}
                {choice.keys && <kbd className="key-hint ml-auto flex-none text-ink-3 max-md:hidden">{choice.keys}</kbd>}
              </div>
            ))}
          </div>
        ))}
      </div>
      {choices.length === 0 && (
        <p role="status" className="px-4.5 pb-5 text-center text-small text-ink-2">
          {t("palette.none")}
        </p>
      )}
    </Modal>
  );
}

function useGroups(text: string): { name: string; choices: Choice[] }[] {
  const { t, language } = useText();
  const navigate = useNavigate();
  const keys = useKeys(text);
  const users = useUserKeys(text);
  const models = useModels(text);
  const command = (id: string, label: string, icon: LucideIcon, run: () => void, hint?: string): Choice => ({
    id,
    label,
    words: `${label} ${id.replaceAll("-", " ")}`, // what it is called in English finds it in every language
    icon: <Icon of={icon} />,
    run,
    ...(hint && { keys: hint }),
  });
  const wanted = text.toLowerCase().split(/\s+/);
  const fits = ({ words }: Choice) => !words || wanted.every((word) => words.toLowerCase().includes(word));
  const system = (open: "backup" | "restore" | "password") => () => void navigate({ to: "/system", search: { open } });
  const groups = [
    {
      name: t("palette.keys"),
      choices: [
        ...keys.map(
          (key): Choice => ({
            id: `key-${key.id}`,
            label: <KeyLabel of={key} />,
            icon: <StateDot state={keyState(key.state)} still />,
            run: () => void navigate({ to: "/keys", search: { key: key.id } }),
          }),
        ),
        ...users.map(
          (user): Choice => ({
            id: `user-${user.id}`,
            label: <span className="cut">{t("palette.userKey", { name: user.name })}</span>,
            icon: <Icon of={UserRound} />,
            run: () => void navigate({ to: "/keys", search: { tab: "user", q: user.name } }),
          }),
        ),
      ],
    },
    {
      name: t("nav.models"),
      choices: models.map(
        (model): Choice => ({
          id: `model-${model.name.replaceAll(".", "-")}`,
          label: <span className="mono cut">{model.name}</span>,
          icon: <Icon of={Boxes} />,
          run: () => void navigate({ to: "/models", search: { q: model.name } }),
        }),
      ),
    },
    {
      name: t("palette.pages"),
      choices: pages.map(({ to, text: label, icon }) =>
        command(`page-${label}`, t(label), icon, () => void navigate({ to }), `g ${letters[to]}`),
      ),
    },
    {
      name: t("palette.commands"),
      choices: [
        command("import-keys", t("console.import"), Plus, () => void navigate({ to: "/keys", search: { open: "import" } })),
        command(
          "create-user-key",
          t("palette.createUserKey"),
          Plus,
          () => void navigate({ to: "/keys", search: { tab: "user", open: "create" } }),
        ),
        command("resting-keys", t("palette.resting"), Filter, () => void navigate({ to: "/keys", search: { state: "resting" } })),
        command("failing-keys", t("palette.failing"), Filter, () => void navigate({ to: "/keys", search: { state: "failing" } })),
        command("backup", t("palette.backup"), Download, system("backup")),
        command("restore", t("palette.restore"), ArchiveRestore, system("restore")),
        command("password", t("palette.password"), Settings2, system("password")),
        command("docs", t("palette.docs"), BookOpen, () => window.open(`${apiBaseUrl()}/swagger/index.html`, "_blank", "noopener")),
        command("shortcuts", t("palette.shortcuts"), Keyboard, () => shortcutsOpen.set(true), "?"),
        ...(["light", "dark", "system"] as const).map((theme) =>
          command(`theme-${theme}`, `${t("theme.label")}: ${t(`theme.${theme}`)}`, SunMoon, () => chooseTheme(theme)),
        ),
        command("language", t("language.other"), Languages, () => void changeLanguage(language === "en" ? "zh-CN" : "en")),
        command("log-out", t("action.logOut"), LogOut, () => void logOut()),
      ],
    },
    {
      name: t("nav.settings"),
      choices:
        text === ""
          ? []
          : findSettings(t, text)
              .slice(0, mostSettings)
              .map(
                (field): Choice => ({
                  id: `setting-${field.path.replaceAll(".", "-")}`,
                  label: <span className="cut">{fullLabel(t, field)}</span>,
                  icon: <Icon of={Settings2} />,
                  run: () => void navigate({ to: "/settings", search: { q: labelOf(t, field.path) } }),
                }),
              ),
    },
    {
      // The last of all: many a word looks like the beginning of an id.
      name: t("palette.requests"),
      choices: requestId.test(text)
        ? [
            {
              id: "request",
              label: <span className="cut">{t("palette.findRequest", { id: text })}</span>,
              icon: <Icon of={ListTree} />,
              run: () => void navigate({ to: "/requests", search: { q: text, range: "all" } }),
            } satisfies Choice,
          ]
        : [],
    },
  ];
  return groups.map((group) => ({ ...group, choices: group.choices.filter(fits) })).filter((group) => group.choices.length > 0);
}

function useUserKeys(text: string): readonly { id: number; name: string }[] {
  const settled = useDebounced(text, pauseMs);
  const users = useQuery({
    queryKey: ["user-keys", "palette", settled],
    queryFn: async ({ signal }) => {
      const query = { page: 1, page_size: mostKeys, sort: "name", q: settled } as const;
      return dataOf(await api().GET("/user-keys", { params: { query }, signal })).items;
    },
    enabled: settled !== "",
    placeholderData: keepPreviousData,
  });
  return text === "" ? [] : (users.data ?? []);
}

function useModels(text: string): readonly { name: string }[] {
  const settled = useDebounced(text, pauseMs);
  const models = useQuery({
    queryKey: ["models", "palette", settled],
    queryFn: async ({ signal }) => {
      const query = { page: 1, page_size: mostModels, sort: "-requests_today", q: settled } as const;
      return dataOf(await api().GET("/models", { params: { query }, signal })).items;
    },
    enabled: settled !== "",
    placeholderData: keepPreviousData,
  });
  return text === "" ? [] : (models.data ?? []);
}

function useKeys(text: string): readonly GeminiKey[] {
  const settled = useDebounced(text, pauseMs);
  const keys = useQuery({
    queryKey: ["gemini-keys", "palette", settled],
    queryFn: async ({ signal }) => {
      const query = { page: 1, page_size: mostKeys, sort: "name", q: settled } as const;
      return dataOf(await api().GET("/gemini-keys", { params: { query }, signal })).items;
    },
    enabled: settled !== "",
    placeholderData: keepPreviousData,
  });
  return text === "" ? [] : (keys.data ?? []);
}

function KeyLabel({ of: key }: { of: GeminiKey }) {
  return (
    <span className="flex min-w-0 items-baseline gap-2.5">
      <span className="mono">{key.masked}</span>
      <span className="cut text-ink-2">{key.name}</span>
    </span>
  );
}

function Icon({ of: One }: { of: LucideIcon }) {
  return <One size={18} strokeWidth={1.75} aria-hidden className="flex-none" />;
}
