import { apiBaseUrl } from "@/api/config";
import { type Attachment, faultOf } from "./chat";

const mebibyte = 1024 * 1024;
/** What is larger is uploaded first, so that a conversation does not send it again with every message. */
const inlineBytes = 4 * mebibyte;
/** Uploaded files go by themselves after a day. */
const keptSeconds = 24 * 3600;

/** Makes an attachment of a file: inline where it is small, else uploaded with the user key. Throws an Error with the gateway's words. */
export async function attach(file: File, key: string, signal: AbortSignal): Promise<Attachment> {
  const type = await typeOf(file);
  const { name, size } = file;
  if (type !== undefined && size <= inlineBytes) return { name, type, size, url: await dataUrl(file, type) };
  return { name, type: type ?? "", size, fileId: await upload(file, key, signal) };
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

async function upload(file: File, key: string, signal: AbortSignal): Promise<string> {
  const form = new FormData();
  form.append("purpose", "user_data");
  form.append("expires_after[anchor]", "created_at");
  form.append("expires_after[seconds]", String(keptSeconds));
  form.append("file", file, file.name);
  const headers = { Authorization: `Bearer ${key}` };
  const response = await fetch(`${apiBaseUrl()}/v1/files`, { method: "POST", headers, body: form, signal });
  if (!response.ok) throw new Error(await faultOf(response));
  return ((await response.json()) as { id: string }).id;
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
