import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Boxes, PencilLine, Plus, RefreshCw, SearchX } from "lucide-react";
import { useId, useState } from "react";
import type { Model, Quota } from "@/api/types";
import { shortText, whole } from "@/text/format";
import { useText } from "@/text/i18n";
import { Button, IconButton } from "@/ui/button";
import { classNames } from "@/ui/class-names";
import { Meter } from "@/ui/meter";
import { PageHead } from "@/ui/page-head";
import { useProblemText } from "@/ui/problem-text";
import { SearchField } from "@/ui/search-field";
import { Empty, Failed, Skeleton } from "@/ui/states";
import { SwitchControl } from "@/ui/switch";
import { toast } from "@/ui/toast";
import { usePhone } from "@/ui/use-media";
import { ModelDialog, useToggleModel } from "./model-dialog";
import { modelsQuery, useSyncModels } from "./queries";

const refreshMs = 5_000;

export function ModelsPage() {
  const { t } = useText();
  const phone = usePhone();
  const { q } = useSearch({ from: "/shell/models" });
  const navigate = useNavigate({ from: "/models" });
  const models = useQuery({ ...modelsQuery(q), refetchInterval: refreshMs });
  const [editing, setEditing] = useState<Model | "new">();
  const search = (text: string) => void navigate({ search: text ? { q: text } : {}, replace: true });
  const actions = (
    <>
      <SyncButton />
      <Button variant="primary" icon={<Plus size={16} aria-hidden />} onClick={() => setEditing("new")}>
        {t("models.add")}
      </Button>
    </>
  );
  return (
    <>
      <PageHead title={t("models.title")}>{actions}</PageHead>
      <section className={phone ? "min-w-0" : "glass glass-list min-w-0 overflow-clip"}>
        <div className="flex flex-wrap items-center gap-2 px-4 py-3 max-md:px-0 max-md:pt-0">
          <SearchField
            label={t("models.searchLabel")}
            placeholder={t("models.search")}
            value={q ?? ""}
            onChange={search}
            className="w-[220px] max-md:w-full"
          />
          <p className="text-caption text-ink-3 max-md:order-last">{t("models.hint")}</p>
          {phone && <div className="flex w-full gap-2 *:flex-1">{actions}</div>}
        </div>
        {models.data ? (
          models.data.items.length === 0 ? (
            <div className={phone ? "row-card" : ""}>
              <Empty
                icon={q ? <SearchX size={22} strokeWidth={1.75} /> : <Boxes size={22} strokeWidth={1.75} />}
                title={t(q ? "models.noMatchTitle" : "models.emptyTitle")}
                hint={t(q ? "models.noMatchHint" : "models.emptyHint")}
              />
            </div>
          ) : phone ? (
            <ModelCards models={models.data.items} onEdit={setEditing} />
          ) : (
            <ModelTable models={models.data.items} onEdit={setEditing} />
          )
        ) : models.isError ? (
          <Failed error={models.error} onRetry={() => void models.refetch()} />
        ) : (
          <div className="flex flex-col gap-5 p-5" aria-busy="true">
            <Skeleton className="h-5 w-2/3" />
            <Skeleton className="h-5 w-1/2" />
            <Skeleton className="h-5 w-3/5" />
          </div>
        )}
      </section>
      {editing && <ModelDialog of={editing === "new" ? undefined : editing} onClose={() => setEditing(undefined)} />}
    </>
  );
}

function SyncButton() {
  const { t } = useText();
  const problemText = useProblemText();
  const sync = useSyncModels();
  const run = () =>
    sync.mutate(undefined, {
      onSuccess: ({ listed, gone }) =>
        toast(
          "done",
          gone.length === 0
            ? t("models.synced", { count: listed.length })
            : t("models.syncedGone", { count: listed.length, gone: gone.join(", ") }),
        ),
      onError: (error) => toast("error", t("error.failed", { reason: problemText(error) })),
    });
  return (
    <Button
      icon={<RefreshCw size={16} strokeWidth={1.75} aria-hidden />}
      busy={sync.isPending}
      busyLabel={t("models.syncing")}
      onClick={run}
    >
      {t("models.sync")}
    </Button>
  );
}

interface ModelsProps {
  models: readonly Model[];
  onEdit: (model: Model) => void;
}

function ModelTable({ models, onEdit }: ModelsProps) {
  const { t } = useText();
  return (
    <table className="data-table">
      <colgroup>
        <col />
        <col className="w-20" />
        <col className="w-[15%]" />
        <col className="w-[15%] max-rail:hidden" />
        <col className="w-[15%]" />
        <col className="w-18" />
        <col className="w-16" />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">{t("models.column.name")}</th>
          <th scope="col" data-number>
            {t("models.column.projects")}
          </th>
          <th scope="col" className="pl-6!">
            RPM
          </th>
          <th scope="col" className="max-rail:hidden">
            TPM
          </th>
          <th scope="col">RPD</th>
          <th scope="col">{t("models.column.enabled")}</th>
          <th scope="col">
            <span className="sr-only">{t("models.column.actions")}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {models.map((model) => (
          <tr key={model.name}>
            <td className="h-[62px]!">
              <Name model={model} />
            </td>
            <td data-number>{whole(model.projects)}</td>
            <td className="pl-6!">
              <Use name="RPM" quota={model.rpm} each={model.limits.rpm} />
            </td>
            <td className="max-rail:hidden">
              <Use name="TPM" quota={model.tpm} each={model.limits.tpm} />
            </td>
            <td>
              <Use name="RPD" quota={model.rpd} each={model.limits.rpd} />
            </td>
            <td>
              <Toggle model={model} />
            </td>
            <td className="text-right">
              <IconButton label={t("models.edit", { name: model.name })} onClick={() => onEdit(model)}>
                <PencilLine size={16} strokeWidth={1.75} aria-hidden />
              </IconButton>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function ModelCards({ models, onEdit }: ModelsProps) {
  const { t } = useText();
  return (
    <ul className="flex flex-col gap-2">
      {models.map((model) => (
        <li key={model.name} className="row-card flex flex-col gap-3 p-4">
          <div className="flex items-center gap-2">
            <div className="min-w-0 flex-1">
              <Name model={model} />
            </div>
            <Toggle model={model} />
            <IconButton label={t("models.edit", { name: model.name })} onClick={() => onEdit(model)} className="-mr-2">
              <PencilLine size={16} strokeWidth={1.75} aria-hidden />
            </IconButton>
          </div>
          <div className="grid grid-cols-3 gap-4">
            {(["rpm", "tpm", "rpd"] as const).map((one) => (
              <div key={one} className="min-w-0">
                <span className="text-caption text-ink-3">{one.toUpperCase()}</span>
                <Use name={one.toUpperCase()} quota={model[one]} each={model.limits[one]} />
              </div>
            ))}
          </div>
        </li>
      ))}
    </ul>
  );
}

function Name({ model }: { model: Model }) {
  const { t } = useText();
  const notes = [
    t("models.today", { count: model.requests_today }),
    model.in_flight > 0 && t("models.inFlight", { count: model.in_flight }),
    model.waiting > 0 && t("models.waiting", { count: model.waiting }),
    model.listed === false && t("models.notListed"),
    model.source === "operator" && t("models.byHand"),
  ].filter(Boolean);
  return (
    <>
      <span className="flex min-w-0 items-center gap-2">
        <span className={classNames("mono cut leading-5", model.enabled ? "text-ink" : "text-ink-3")} title={model.name}>
          {model.name}
        </span>
        {model.alias && (
          <span className="tag mono min-w-0">
            <span className="cut">{model.alias}</span>
          </span>
        )}
      </span>
      <span className="cut block text-caption text-ink-3">{notes.join(" · ")}</span>
    </>
  );
}

/** What is used of the sum over the projects, and what each project has. */
function Use({ name, quota, each }: { name: string; quota: Quota; each: number | null }) {
  const { t, language } = useText();
  const figure = (value: number) => (value < 10_000 ? whole(value) : shortText(value, language));
  const limit = quota.limit === null ? t("models.notKnown") : figure(quota.limit);
  const words = t("models.of", { used: figure(quota.used), limit });
  return (
    <span className="block min-w-0" title={each === null ? t("models.unknownLimit") : t("models.each", { limit: figure(each) })}>
      <span className="cut block text-small leading-5">
        <b className="font-medium text-ink">{figure(quota.used)}</b> / {limit}
      </span>
      <Meter label={name} valueText={words} share={quota.limit ? quota.used / quota.limit : undefined} />
    </span>
  );
}

function Toggle({ model }: { model: Model }) {
  const { t } = useText();
  const id = useId();
  const toggle = useToggleModel();
  return (
    <>
      <label htmlFor={id} className="sr-only">
        {t("models.enable", { name: model.name })}
      </label>
      <SwitchControl id={id} checked={model.enabled} onChange={(enabled) => toggle(model, enabled)} />
    </>
  );
}
