import { Fragment, useId, useState } from "react";
import { useText } from "@/text/i18n";
import { CopyButton } from "./copy-button";
import { TabList, TabPanel } from "./tabs";

interface SnippetsProps {
  baseUrl: string;
  model: string;
  /** The key to write into the code; a placeholder where it is not known. */
  apiKey?: string;
}

const kinds = ["curl", "Python", "Node"] as const;
type Kind = (typeof kinds)[number];
const clients = "clients" as const;

/** A first request in three tongues, ready to paste. On screen a given key is masked; the copy carries it whole. */
export function Snippets({ baseUrl, model, apiKey }: SnippetsProps) {
  const { t } = useText();
  const panel = useId();
  const [kind, setKind] = useState<Kind | typeof clients>("curl");
  const real = apiKey ?? "sk-…";
  const shown = apiKey ? maskedKey(apiKey) : real;
  const code = (key: string) => (kind === clients ? "" : snippet(kind, { baseUrl, model, key, hello: t("snippet.hello") }));
  return (
    <div className="overflow-hidden rounded-inset bg-well shadow-[inset_0_0_0_1px_var(--line)]">
      <div className="flex items-center border-b border-line pr-1.5">
        <TabList
          panel={panel}
          label={t("snippet.label")}
          value={kind}
          tabs={[...kinds.map((one) => ({ value: one, content: one })), { value: clients, content: t("snippet.clients") }]}
          onChange={setKind}
          className="flex min-w-0 flex-1 px-1.5"
          tabClassName="text-small"
        />
        {kind !== clients && <CopyButton text={code(real)} label={t("action.copyCode")} small />}
      </div>
      <TabPanel id={panel} value={kind}>
        {kind === clients ? (
          <ClientSettings baseUrl={baseUrl} model={model} />
        ) : (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls sideways must be reachable by keyboard
          <pre tabIndex={0} className="overflow-x-auto px-4 pt-3.5 pb-4 font-mono text-small/[21px]">
            <Coloured code={code(shown)} kind={kind} />
          </pre>
        )}
      </TabPanel>
    </div>
  );
}

/** What to enter into programs that people chat or write code with; the key is the one above. */
function ClientSettings({ baseUrl, model }: { baseUrl: string; model: string }) {
  const { t } = useText();
  const rows = [
    // These put /v1 behind it by themselves.
    { names: "Cherry Studio · Chatbox · NextChat", address: baseUrl },
    { names: "Open WebUI · LobeChat · LibreChat", address: `${baseUrl}/v1` },
    { names: "Cline · Roo Code · Continue · Zed", address: `${baseUrl}/v1` },
    { names: "Dify · n8n · LiteLLM", address: `${baseUrl}/v1` },
    { names: "Gemini CLI · Google GenAI SDK", address: baseUrl },
  ];
  return (
    <div className="px-4 py-2 text-small">
      <p className="py-1 text-ink-2">{t("snippet.clientsHint", { model })}</p>
      <dl>
        {rows.map(({ names, address }) => (
          <div key={names} className="flex min-h-11 flex-wrap items-center gap-x-3 border-t border-line">
            <dt className="min-w-0 flex-1 basis-52">{names}</dt>
            <dd className="flex min-w-0 items-center gap-1">
              <span className="mono cut">{address}</span>
              <CopyButton text={address} label={t("action.copy")} small />
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** "sk-ab12cd…wxyz" as dots with its ends: enough to tell keys apart. */
export function maskedKey(key: string): string {
  return `${key.slice(0, 3)}${"•".repeat(12)}${key.slice(-4)}`;
}

/** The code of one tongue. The base URL carries no trailing slash. */
export function snippet(
  kind: Kind,
  { baseUrl, model, key, hello }: { baseUrl: string; model: string; key: string; hello: string },
): string {
  switch (kind) {
    case "curl":
      return `curl ${baseUrl}/v1/chat/completions \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "${model}", "messages": [{"role": "user", "content": "${hello}"}]}'`;
    case "Python":
      return `# pip install openai
from openai import OpenAI

client = OpenAI(base_url="${baseUrl}/v1", api_key="${key}")
reply = client.chat.completions.create(
    model="${model}",
    messages=[{"role": "user", "content": "${hello}"}],
)
print(reply.choices[0].message.content)`;
    case "Node":
      return `// npm install openai
import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${baseUrl}/v1", apiKey: "${key}" });
const reply = await client.chat.completions.create({
  model: "${model}",
  messages: [{ role: "user", content: "${hello}" }],
});
console.log(reply.choices[0].message.content);`;
  }
}

const words = /(^(?:#|\/\/).*$)|("[^"\n]*")|\b(import|from|const|await|new|print|curl)\b/gm;

/** Comments, strings and keywords in colour; not a parser, only enough for our own snippets. */
function Coloured({ code, kind }: { code: string; kind: Kind }) {
  if (kind === "curl") return code;
  const parts: { text: string; colour: string }[] = [];
  let end = 0;
  for (const match of code.matchAll(words)) {
    parts.push({ text: code.slice(end, match.index), colour: "" });
    parts.push({ text: match[0], colour: match[1] ? "text-ink-3" : match[2] ? "text-ok" : "text-acc" });
    end = match.index + match[0].length;
  }
  parts.push({ text: code.slice(end), colour: "" });
  return parts.map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text never move
    <Fragment key={index}>{part.colour ? <span className={part.colour}>{part.text}</span> : part.text}</Fragment>
  ));
}
