import { useCallback, useEffect, useRef, useState } from "react";
import { bytes } from "@/text/format";
import { useText } from "@/text/i18n";
import { toast } from "@/ui/toast";
import { attach, discard, inlineBytes, inlineOf } from "./attach";
import type { Attachment } from "./chat";
import { faultOf, faultText } from "./fault";

const most = 8;
const mostBytes = 100 * 1024 * 1024;

/** A file that goes with the message being written. */
export interface Item {
  id: number;
  name: string;
  size: number;
  /** How much of it is uploaded, 0 to 1; absent while it is read. */
  share?: number;
  /** Set when it can be sent. */
  done?: Attachment;
  abort: AbortController;
}

let lastId = 0;

function itemOf(file: { name: string; size: number }, done?: Attachment): Item {
  lastId += 1;
  return { id: lastId, name: file.name, size: file.size, abort: new AbortController(), ...(done && { done }) };
}

/** What a file takes of what may go inline; one that is not read yet counts as if it did. */
function inlineSize({ size, done }: Item): number {
  return done ? inlineOf([{ attachments: [done] }]) : size <= inlineBytes ? size : 0;
}

/** The files of the message being written, each read or uploaded as it comes, in the order in which they came. */
export function useAttachments(apiKey: string, inline: number) {
  const { t, language } = useText();
  const [items, setItems] = useState<readonly Item[]>([]);
  const now = useRef(items);
  now.current = items;
  useEffect(
    () => () => {
      for (const item of now.current) if (!item.done) item.abort.abort();
    },
    [],
  );
  const change = (id: number, next: Partial<Item>) => setItems((all) => all.map((item) => (item.id === id ? { ...item, ...next } : item)));

  const read = async (item: Item, file: File, before: number) => {
    const { signal } = item.abort;
    try {
      const done = await attach(file, { key: apiKey, signal, inline: before, onShare: (share) => change(item.id, { share }) });
      change(item.id, { done });
    } catch (error) {
      setItems((all) => all.filter(({ id }) => id !== item.id));
      if (signal.aborted) return;
      const fault = faultOf(error);
      const reason = fault.kind === "request" ? fault.detail : faultText(t, fault, language);
      toast("error", t("playground.notAttached", { name: file.name, reason }));
    }
  };
  const take = (files: readonly File[]) => {
    if (files.some((file) => file.size > mostBytes)) toast("error", t("playground.tooLarge", { most: bytes(mostBytes) }));
    const good = files.filter((file) => file.size <= mostBytes);
    const room = most - items.length;
    if (good.length > room) toast("error", t("playground.tooMany", { most }));
    const added = good.slice(0, room).map((file) => [itemOf(file), file] as const);
    setItems([...items, ...added.map(([item]) => item)]);
    let before = inline + items.reduce((sum, item) => sum + inlineSize(item), 0);
    for (const [item, file] of added) {
      void read(item, file, before);
      before += inlineSize(item);
    }
  };
  return {
    items,
    take,
    /** Lets go of one; what was uploaded for this message alone is deleted. */
    drop: (item: Item, own: boolean) => {
      item.abort.abort();
      setItems(items.filter(({ id }) => id !== item.id));
      if (item.done && own) void discard(item.done, apiKey);
    },
    /** Begins with what a message had before. */
    start: useCallback((attachments: readonly Attachment[]) => setItems(attachments.map((one) => itemOf(one, one))), []),
    reset: () => setItems([]),
  };
}
