import { type FormEvent, useState } from "react";
import { useText } from "@/text/i18n";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { useRequestsView } from "./use-view";

const minuteMs = 60_000;

/** Asks for a range of one's own, in the reader's time; either end may be left open. */
export function RangeDialog({ onClose }: { onClose: () => void }) {
  const { t } = useText();
  const { search, change } = useRequestsView();
  const [from, setFrom] = useState(() => localText(search.from ?? new Date(Date.now() - 60 * minuteMs).toISOString()));
  const [to, setTo] = useState(() => localText(search.to));
  const bad = from !== "" && to !== "" && from >= to;
  const take = (event: FormEvent) => {
    event.preventDefault();
    if (bad) return;
    change({ range: undefined, from: utcText(from), to: utcText(to) });
    onClose();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      width={440}
      title={t("requests.range.ownTitle")}
      hint={t("requests.range.ownHint")}
      footer={
        <>
          <span className="flex-1" />
          <Button variant="ghost" onClick={onClose}>
            {t("action.cancel")}
          </Button>
          <Button variant="primary" type="submit" form="range" className="max-md:flex-1" disabled={bad || (from === "" && to === "")}>
            {t("requests.range.take")}
          </Button>
        </>
      }
    >
      <form id="range" className="flex flex-col gap-4" onSubmit={take}>
        <TextField
          label={t("requests.range.from")}
          type="datetime-local"
          data-autofocus
          value={from}
          onChange={(event) => setFrom(event.target.value)}
        />
        <TextField
          label={t("requests.range.to")}
          type="datetime-local"
          value={to}
          error={bad ? t("requests.range.order") : undefined}
          onChange={(event) => setTo(event.target.value)}
        />
      </form>
    </Dialog>
  );
}

/** As a field of the browser has it, in local time: "2026-11-20T16:00". */
function localText(at: string | undefined): string {
  if (!at) return "";
  const time = new Date(at);
  return new Date(time.getTime() - time.getTimezoneOffset() * minuteMs).toISOString().slice(0, 16);
}

function utcText(local: string): string | undefined {
  return local === "" ? undefined : `${new Date(local).toISOString().slice(0, 19)}Z`;
}
