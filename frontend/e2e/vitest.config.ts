import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "@": join(import.meta.dirname, "../src") } },
  test: {
    root: import.meta.dirname,
    // The documentation's pictures are taken alone, because they want a gateway that is busy for minutes.
    include: [process.env.KEEP_PICTURES ? "pictures.test.ts" : "!(pictures).test.ts"],
    environment: "node",
    // Each file has servers and a browser of its own; two at a time keep two processors busy.
    maxWorkers: 2,
    sequence: { concurrent: false },
    expect: { poll: { timeout: 15_000 } },
    testTimeout: 300_000,
    hookTimeout: 60_000,
    bail: 1,
  },
});
