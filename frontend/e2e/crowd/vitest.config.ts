import { join } from "node:path";
import { defineConfig } from "vitest/config";

// Alone, after the other walks: it counts frames, which a neighbour would delay.
export default defineConfig({
  resolve: { alias: { "@": join(import.meta.dirname, "../../src") } },
  test: {
    root: import.meta.dirname,
    include: ["*.test.ts"],
    environment: "node",
    expect: { poll: { timeout: 15_000 } },
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
