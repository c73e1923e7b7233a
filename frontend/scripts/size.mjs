// Holds the built page to its budget: gzipped JavaScript of the first load (entry, one language, the console) and of the whole app.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
const budget = { first: 150 * 1024, whole: 300 * 1024 };

const assets = join(dist, "assets");
const whole = (await readdir(assets)).filter((name) => name.endsWith(".js"));
const first = new Set();
const page = await readFile(join(dist, "index.html"), "utf8");
for (const [, name] of page.matchAll(/(?:src|href)="\/assets\/([\w.-]+\.js)"/g)) await collect(name);
for (const start of ["zh-", "console-page-"]) await collect(whole.find((name) => name.startsWith(start)));

const firstBytes = await gzipped(first);
const wholeBytes = await gzipped(whole);
console.log(`first load ${kb(firstBytes)} of ${kb(budget.first)}, whole app ${kb(wholeBytes)} of ${kb(budget.whole)} (JavaScript, gzip)`);
if (firstBytes > budget.first || wholeBytes > budget.whole) process.exit(1);

/** Takes a chunk and all that it imports before it runs; what it imports later, by import(), is left out. */
async function collect(name) {
  if (!name) throw new Error("dist lacks a chunk: run npm run build");
  if (first.has(name)) return;
  first.add(name);
  const code = await readFile(join(assets, name), "utf8");
  for (const [, next] of code.matchAll(/(?:from|import)\s*"\.\/([\w.-]+\.js)"/g)) await collect(next);
}

async function gzipped(files) {
  let sum = 0;
  for (const file of files) {
    sum += gzipSync(await readFile(join(assets, file)), { level: 9 }).length;
  }
  return sum;
}

function kb(bytes) {
  return `${(bytes / 1024).toFixed(1)} KB`;
}
