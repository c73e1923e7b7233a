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

/** Tells theme.js where the words of each language are, so that they load beside the code and not after it. */
function earlyWords(): Plugin {
  return {
    name: "early-words",
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle }) {
        const at = (language: string) =>
          Object.values(bundle ?? {}).find((file) => file.type === "chunk" && file.facadeModuleId?.endsWith(`/src/text/${language}.ts`))
            ?.fileName;
        const data = ["zh", "en"].flatMap((language) => (at(language) ? [` data-${language}="/${at(language)}"`] : []));
        return html.replace('src="/theme.js"', `src="/theme.js"${data.join("")}`);
      },
    },
  };
}

const smallParts =
  "button|class-names|copy-button|countdown-ring|field|form|menu|meter|outcome-text|overlay|page-head|problem-text|reason-text|rest-end|rich|save-file|search-field|state-dot|states|switch|tabs|toast|use-[a-z]+";
const shared = new RegExp(`lucide-react|src/(text/(format|i18n|translate)|ui/(${smallParts}))[.]`);

export default defineConfig({
  plugins: [react(), tailwind(), developmentConfig(), earlyWords()],
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
    // What several pages share comes as one file: alone, each icon and each small part would be a file and a request of its own.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "parts", test: shared, minShareCount: 2 }] } } },
    // Fonts and images stay files: the content security policy allows no data: fonts.
    assetsInlineLimit: 0,
  },
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"] },
});
