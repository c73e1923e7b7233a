import { fileURLToPath } from "node:url";
import tailwind from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Serves /config.json during development, as the Go server does in production. */
function developmentConfig(): Plugin {
  const apiBaseUrl = process.env.API_BASE_URL ?? "http://localhost:8000";
  return {
    name: "development-config",
    configureServer(server) {
      server.middlewares.use("/config.json", (_request, response) => {
        response.setHeader("Content-Type", "application/json");
        response.end(JSON.stringify({ apiBaseUrl }));
      });
    },
  };
}

export default defineConfig({
  plugins: [react(), tailwind(), developmentConfig()],
  resolve: {
    alias: [
      { find: "@", replacement: fileURLToPath(new URL("./src", import.meta.url)) },
      // React has this hook itself; the shim is for versions that did not.
      { find: /^use-sync-external-store\/shim$/, replacement: "react" },
    ],
  },
  build: {
    target: "es2022",
    // dist/.keep is committed so that the Go server compiles before the page is built; Vite would remove it; scripts/clean.mjs empties the rest.
    emptyOutDir: false,
    modulePreload: { polyfill: false },
    // Fonts and images stay files: the content security policy allows no data: fonts.
    assetsInlineLimit: 0,
  },
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"] },
});
