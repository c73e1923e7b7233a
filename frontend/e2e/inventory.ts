import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const source = resolve(import.meta.dirname, "../src");

/** What an operation is called here: "POST /admin/v1/gemini-keys/{id}/wake". */
type Operation = string;

/** The code of the page, without its tests and what is generated. */
function code(): string[] {
  return readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.|schema\.d\.ts/.test(name))
    .map((name) => readFileSync(join(source, name), "utf8"));
}

/** Every operation that the page's code can ask for, of the admin API, of the proxy, and of the gateway itself. */
export function operationsOfPage(): Set<Operation> {
  const found = new Set<Operation>();
  for (const text of code()) {
    // api().GET("/settings", …)
    for (const [, method, path] of text.matchAll(/\.(GET|POST|PUT|PATCH|DELETE)\(\s*"([^"]+)"/g)) found.add(`${method} /admin/v1${path}`);
    // runJob<…>("/gemini-keys/check", …)
    for (const [, path] of text.matchAll(/runJob(?:<[^(]*>)?\(\s*"([^"]+)"/g)) found.add(`POST /admin/v1${path}`);
    // post("login", …) of a session
    for (const [, path] of text.matchAll(/\b(?:post|request)\("(login|logout|refresh)"/g)) found.add(`POST /admin/v1/auth/${path}`);
    // `${apiBaseUrl()}/v1/files/${fileId}`, { method: "DELETE" }
    for (const [, path = "", after = ""] of text.matchAll(/(?:fetch|Request)\(\s*`\$\{apiBaseUrl\(\)\}([^`]*)`([^;]{0,120})/g)) {
      const method = /method: "(\w+)"/.exec(after)?.[1] ?? "GET";
      found.add(`${method} ${path.replace(/\?.*$/, "").replace(/\$\{(\w+)\}/g, "{$1}")}`);
    }
  }
  // What names its path by a variable is found where the path is said.
  for (const operation of found) if (/\/v1(\/auth\/)?\{/.test(operation) || operation.includes("$")) found.delete(operation);
  return found;
}

/** Every operation of the admin API. */
export function operationsOfApi(): Set<Operation> {
  const text = readFileSync(join(source, "api/schema.d.ts"), "utf8");
  const found = new Set<Operation>();
  let path = "";
  for (const line of text.split("\n")) {
    if (/^export interface components/.test(line)) break;
    path = /^ {4}"(\/[^"]*)": \{/.exec(line)?.[1] ?? path;
    const method = /^ {8}(get|post|put|patch|delete): /.exec(line)?.[1];
    if (method) found.add(`${method.toUpperCase()} /admin/v1${path}`);
  }
  return found;
}

/** Which of the wanted operations none of the requests was, in their order. */
export function neverAsked(wanted: Iterable<Operation>, asked: Iterable<string>): Operation[] {
  const requests = [...asked];
  return [...wanted].sort().filter((operation) => {
    const pattern = new RegExp(`^${operation.replace(/[.]/g, "\\.").replace(/\{\w+\}/g, "[^/]+")}$`);
    return !requests.some((request) => pattern.test(request));
  });
}
