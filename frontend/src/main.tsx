import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { loadConfig } from "./api/config";
import { resume } from "./api/session";
import { App } from "./app/app";
import { ConfigFailed } from "./app/config-failed";
import { watchPace } from "./app/pace";
import { preloadPage } from "./app/router";
import { followSystemTheme } from "./app/theme";
import { startText } from "./text/i18n";
import "./styles/main.css";

/** Whatever the first page needs is asked for at once: words, code, configuration, and by that the session. */
async function start(): Promise<void> {
  const root = document.getElementById("root");
  if (!root) throw new Error("index.html has no #root");
  followSystemTheme();
  watchPace();
  const texts = startText();
  preloadPage();
  const configured = loadConfig();
  const resumed = configured.then(resume);
  resumed.catch(() => undefined); // App tries again
  const [found] = await Promise.allSettled([configured, texts]);
  createRoot(root).render(<StrictMode>{found.status === "fulfilled" ? <App resumed={resumed} /> : <ConfigFailed />}</StrictMode>);
}

void start();
