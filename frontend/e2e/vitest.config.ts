import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** The pages in every look, and the acts in two that differ in all; in as many as it takes for every pair of width, language and theme on demand. */
function chosen(): string[] {
  // The documentation's pictures are taken alone, because they want a gateway that is busy for minutes.
  if (process.env.KEEP_PICTURES) return ["pictures.test.ts"];
  if (process.env.EVERY_LOOK) return ["acts-*.test.ts", "looks-*.test.ts"];
  return ["acts-1280-zh-dark.test.ts", "acts-390-en-light.test.ts", "looks-*.test.ts"];
}

export default defineConfig({
  resolve: { alias: { "@": join(import.meta.dirname, "../src") } },
  test: {
    root: import.meta.dirname,
    include: chosen(),
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
