// Completes package-lock.json: npm leaves out an optional package of another platform when the registry at hand does not have it, and
// `npm ci` then refuses the whole file. The missing entries follow from the package that names them; they carry no integrity, since there was
// nothing to take it from, and are only ever installed on the platform in their name. Run it after every `npm install`.
//
//   node scripts/complete-lock.mjs          add what is missing
//   node scripts/complete-lock.mjs --check  fail when something is missing
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));

/** What npm reads of a platform from the name of its package: "cli-linux-x64-musl", "oxide-darwin-arm64", "oxide-win32-x64-msvc". */
function platformOf(name) {
  const found = name.match(
    /(android|darwin|freebsd|linux|openbsd|openharmony|netbsd|sunos|aix|win32|wasm32-wasi)(?:-(arm64|arm|x64|ia32|ppc64|riscv64|s390x|loong64))?(?:-(gnueabihf|gnu|musl|msvc|eabi|musleabihf))?$/,
  );
  if (!found) return {};
  const [, os, cpu, abi] = found;
  if (os === "wasm32-wasi") return { cpu: ["wasm32"] };
  const libc = abi?.startsWith("musl") ? ["musl"] : abi?.startsWith("gnu") ? ["glibc"] : undefined;
  return { ...(cpu && { cpu: [cpu] }), ...(libc && { libc }), os: [os] };
}

const missing = {};
for (const [place, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const nested = `${place}/node_modules/${name}`;
    if (lock.packages[nested] || lock.packages[`node_modules/${name}`] || !/^\d/.test(version)) continue;
    missing[`node_modules/${name}`] = { version, ...platformOf(name), ...(place && entry.dev && { dev: true }), optional: true };
  }
}

const names = Object.keys(missing);
if (process.argv.includes("--check")) {
  if (names.length > 0) {
    console.error(`package-lock.json lacks ${names.join(", ")}: run node scripts/complete-lock.mjs`);
    process.exit(1);
  }
} else if (names.length > 0) {
  const all = { ...lock.packages, ...missing };
  lock.packages = Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`added ${names.length} packages of other platforms`);
}
