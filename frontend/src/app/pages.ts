import { Boxes, FileStack, Gauge, KeyRound, ListTree, MessagesSquare, ServerCog, Settings2 } from "lucide-react";

/** Every page of the navigation, in its order; those with a tab stand in the phone's bar, the others in its menu. */
export const pages = [
  { to: "/", text: "nav.console", icon: Gauge, tab: true },
  { to: "/keys", text: "nav.keys", icon: KeyRound, tab: true },
  { to: "/requests", text: "nav.requests", icon: ListTree, tab: true },
  { to: "/models", text: "nav.models", icon: Boxes, tab: false },
  { to: "/files", text: "nav.files", icon: FileStack, tab: false },
  { to: "/playground", text: "nav.playground", icon: MessagesSquare, tab: false },
  { to: "/settings", text: "nav.settings", icon: Settings2, tab: true },
  { to: "/system", text: "nav.system", icon: ServerCog, tab: false },
] as const;

/** The letter that leads to a page after g. */
export const letters: Readonly<Record<(typeof pages)[number]["to"], string>> = {
  "/": "c",
  "/keys": "k",
  "/requests": "r",
  "/models": "m",
  "/files": "f",
  "/playground": "p",
  "/settings": "s",
  "/system": "y",
};
