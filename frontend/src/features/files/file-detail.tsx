import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { File, FileCopy } from "@/api/types";
import { bytes, fullTime } from "@/text/format";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { CopyButton } from "@/ui/copy-button";
import { useProblemText } from "@/ui/problem-text";
import { StateDot } from "@/ui/state-dot";
import { Failed, Skeleton } from "@/ui/states";
import { toast } from "@/ui/toast";
import { Left, nameOf } from "./file-rows";
import { fileQuery, useDeleteFile } from "./queries";
import { useFilesView } from "./use-view";

/** One file in full, with what Gemini holds of it for each project, and its end. */
export function FileDetail({ file }: { file: File }) {
  const { t, language } = useText();
  // What is being deleted is not asked for any more, or the answer would be that it is gone.
  const [deleting, setDeleting] = useState(false);
  const detail = useQuery({ ...fileQuery(file.id), enabled: !deleting });
  const facts: [string, ReactNode][] = [
    [
      t("filesPage.fact.id"),
      <span key="id" className="flex items-center gap-1">
        <span className="mono cut">file-{file.name}</span>
        <CopyButton text={`file-${file.name}`} label={t("action.copy")} small />
      </span>,
    ],
    [t("filesPage.fact.type"), file.converted ? t("filesPage.convertedTo", { from: file.mime_type, to: file.sent_type }) : file.mime_type],
    [
      t("filesPage.column.owner"),
      file.user_key_name ? (
        <Link key="owner" to="/keys" search={{ tab: "user", q: file.user_key_name }} className="link">
          {file.user_key_name}
        </Link>
      ) : (
        t("filesPage.ownerGone")
      ),
    ],
    [t("filesPage.fact.purpose"), file.purpose || t("filesPage.native")],
    [t("filesPage.fact.created"), fullTime(file.created_at, language)],
    [t("filesPage.fact.expires"), fullTime(file.expires_at, language)],
    [
      "SHA-256",
      <span key="sha" className="mono cut block" title={file.sha256}>
        {file.sha256}
      </span>,
    ],
  ];
  return (
    <div className="bg-well px-5 pt-3.5 pb-4 max-md:px-4">
      <dl className="grid grid-cols-3 gap-x-6 gap-y-3 text-small max-md:grid-cols-2">
        {facts.map(([name, value]) => (
          <div key={name} className="min-w-0">
            <dt className="text-caption text-ink-3">{name}</dt>
            <dd className="break-words">{value}</dd>
          </div>
        ))}
      </dl>
      <h2 className="mt-4 border-t border-line pt-3 text-small font-semibold">{t("filesPage.copies")}</h2>
      <p className="text-caption text-ink-3">{t("filesPage.copiesHint")}</p>
      {detail.data ? (
        detail.data.copies.length > 0 ? (
          <ul className="mt-1">
            {detail.data.copies.map((copy) => (
              <Copy key={copy.project} copy={copy} />
            ))}
          </ul>
        ) : (
          <p className="mt-2 text-small text-ink-2">{t("filesPage.noCopies")}</p>
        )
      ) : detail.isError ? (
        <Failed error={detail.error} onRetry={() => void detail.refetch()} />
      ) : (
        // As high as the copies that the list counts.
        <div style={{ height: file.copy_count > 0 ? 4 + file.copy_count * 40 : 30 }}>
          <Skeleton className="mt-2 h-6 w-1/2" />
        </div>
      )}
      <DeleteFile file={file} onDelete={setDeleting} />
    </div>
  );
}

function Copy({ copy }: { copy: FileCopy }) {
  const { t } = useText();
  return (
    <li className="flex min-h-10 flex-wrap items-center gap-x-3 text-small">
      <StateDot state={copy.active ? "healthy" : "unknown"} still />
      <span className="min-w-0 flex-1">{/^key:\d+$/.test(copy.project) ? t("filesPage.ownProject") : copy.project}</span>
      <Link to="/keys" search={{ key: copy.gemini_key_id }} className="link">
        {t("filesPage.byKey", { id: copy.gemini_key_id })}
      </Link>
      <span className="text-ink-2">{copy.active ? <Left until={copy.expires_at} /> : t("filesPage.processing")}</span>
    </li>
  );
}

function DeleteFile({ file, onDelete }: { file: File; onDelete: (underWay: boolean) => void }) {
  const { t } = useText();
  const problemText = useProblemText();
  const { change } = useFilesView();
  const [asking, setAsking] = useState(false);
  const remove = useDeleteFile();
  const run = () => {
    onDelete(true);
    remove.mutate(file.id, {
      onSuccess: () => {
        setAsking(false);
        change({ open: undefined });
        toast("removed", t("filesPage.deleted", { name: nameOf(file) }));
      },
      onError: (error) => {
        onDelete(false);
        setAsking(false);
        toast("error", t("error.failed", { reason: problemText(error) }));
      },
    });
  };
  return (
    <>
      <Button
        variant="danger"
        small
        className="mt-3"
        icon={<Trash2 size={15} strokeWidth={1.75} aria-hidden />}
        onClick={() => setAsking(true)}
      >
        {t("filesPage.delete")}
      </Button>
      {asking && (
        <Confirm
          title={t("filesPage.deleteTitle", { name: nameOf(file) })}
          hint={t("filesPage.deleteHint", { size: bytes(file.size) })}
          action={t("filesPage.delete")}
          busyLabel={t("filesPage.deleting")}
          busy={remove.isPending}
          onConfirm={run}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
