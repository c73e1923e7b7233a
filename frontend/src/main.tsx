import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { loadConfig } from "./api/config";
import { App } from "./app/app";
import { ConfigFailed } from "./app/config-failed";
import { watchPace } from "./app/pace";
import { followSystemTheme } from "./app/theme";
import { startText } from "./text/i18n";
import "./styles/main.css";

async function start(): Promise<void> {
  const root = document.getElementById("root");
  if (!root) throw new Error("index.html has no #root");
  followSystemTheme();
  watchPace();
  const [configured] = await Promise.all([
    loadConfig().then(
      () => true,
      () => false,
    ),
    startText(),
  ]);
  createRoot(root).render(<StrictMode>{configured ? <App /> : <ConfigFailed />}</StrictMode>);
}

void start();
