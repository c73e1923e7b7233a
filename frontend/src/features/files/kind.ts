import { AudioLines, File, FileText, FileVideo, Image, type LucideIcon } from "lucide-react";

const icons: readonly (readonly [string, LucideIcon])[] = [
  ["image/", Image],
  ["audio/", AudioLines],
  ["video/", FileVideo],
  ["text/", FileText],
  ["application/pdf", FileText],
];

/** The icon of a media type. */
export function iconOf(type: string): LucideIcon {
  return icons.find(([start]) => type.startsWith(start))?.[1] ?? File;
}

const names: Readonly<Record<string, string>> = {
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
};

/** A media type as people say it: "pdf", "png", "plain text" stays as it is written after the slash. */
export function typeName(type: string): string {
  return names[type] ?? type.replace(/^.*\/(?:x-|vnd\.)?/, "");
}
