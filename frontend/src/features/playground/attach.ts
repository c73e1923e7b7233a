import { apiBaseUrl } from "@/api/config";
import type { Attachment, Turn } from "./chat";
import { refusal } from "./fault";

const mebibyte = 1024 * 1024;
/** What is larger is uploaded first, so that a conversation does not send it again with every message. */
export const inlineBytes = 4 * mebibyte;
/** A conversation sends all its inline files with every message, and Gemini takes some 20 MiB at once. */
const inlineTotalBytes = 10 * mebibyte;
/** Uploaded files go by themselves after a day. */
const keptSeconds = 24 * 3600;

interface Attach {
  key: string;
  signal: AbortSignal;
  /** What goes inline already, in bytes. */
  inline: number;
  /** How much of it is uploaded, 0 to 1. */
  onShare: (share: number) => void;
}

/** Makes an attachment of a file: inline where it is small, else uploaded with the user key. Throws a Refusal with the gateway's words. */
export async function attach(file: File, { key, signal, inline, onShare }: Attach): Promise<Attachment> {
  const type = await typeOf(file);
  const { name, size } = file;
  if (type !== undefined && size <= inlineBytes && inline + size <= inlineTotalBytes) {
    return { name, type, size, url: await dataUrl(file, type) };
  }
  return { name, type: type ?? "", size, fileId: await upload(file, key, signal, onShare) };
}

/** How much of what was said goes inline, in bytes. */
export function inlineOf(turns: readonly Pick<Turn, "attachments">[]): number {
  return turns.reduce((sum, turn) => sum + turn.attachments.reduce((all, one) => all + (one.url ? one.size : 0), 0), 0);
}

/** The media type to send a file with, plain text for whatever reads as text; undefined where only the gateway can tell. */
async function typeOf(file: File): Promise<string | undefined> {
  if (/^(image|audio|video)\/|^application\/pdf$/.test(file.type)) return file.type;
  if (file.size > inlineBytes) return undefined;
  const bytes = await file.arrayBuffer();
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
  return new Uint8Array(bytes).includes(0) ? undefined : "text/plain";
}

/** By XMLHttpRequest, because fetch does not tell how much of a body was sent. */
function upload(file: File, key: string, signal: AbortSignal, onShare: (share: number) => void): Promise<string> {
  const form = new FormData();
  form.append("purpose", "user_data");
  form.append("expires_after[anchor]", "created_at");
  form.append("expires_after[seconds]", String(keptSeconds));
  form.append("file", file, file.name);
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${apiBaseUrl()}/v1/files`);
    request.setRequestHeader("Authorization", `Bearer ${key}`);
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => onShare(total > 0 ? loaded / total : 0);
    request.onload = () => {
      if (request.status === 200) done((request.response as { id: string }).id);
      else fail(refusal(request.status, request.response?.error, request.getResponseHeader("Retry-After")));
    };
    request.onerror = () => fail(new TypeError("the upload broke off"));
    request.onabort = () => fail(signal.reason);
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

/** Deletes an uploaded file that was not sent after all; where that fails, it goes by itself a day later. */
export async function discard({ fileId }: Attachment, key: string): Promise<void> {
  if (!fileId) return;
  const headers = { Authorization: `Bearer ${key}` };
  await fetch(`${apiBaseUrl()}/v1/files/${fileId}`, { method: "DELETE", headers }).catch(() => undefined);
}

function dataUrl(file: File, type: string): Promise<string> {
  return new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result).replace(/^data:[^;,]*/, `data:${type}`));
    reader.onerror = () => fail(reader.error);
    reader.readAsDataURL(file);
  });
}
