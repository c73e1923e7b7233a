import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { keeping } from "./browser.ts";

const programs = resolve(process.env.BIN_DIR ?? join(import.meta.dirname, "../../bin"));
const startMs = 20_000;
const run = promisify(execFile);

const limits = { "": { rpm: 10, tpm: 250_000, rpd: 500 } };
const key = (name: string) => `AIzaSy-FAKE-${name}-`.padEnd(39, "0");

/** Three projects, five keys, one of them leaked. */
const simulated = [
  { number: "1001", tier: "free", limits, keys: [{ value: key("one") }, { value: key("two") }] },
  { number: "1002", tier: "free", limits, keys: [{ value: key("three") }, { value: key("four"), state: "leaked" }] },
  { number: "1003", tier: "tier1", limits, keys: [{ value: "AQ.FAKE-five-000000000000000000000000000000" }] },
];

/** Answers take their time, and some fail. */
const lifelike = ["--latency", "420ms", "--chunk-delay", "60ms", "--fault-rate", "0.03"];
/** For pictures: five projects of two or three keys, with the limits of paying customers, as fast as the real thing. */
const wide = { "": { rpm: 40, tpm: 1_000_000, rpd: 2_000 } };
const many = [3, 3, 2, 3, 2].map((count, project) => ({
  number: String(2001 + project),
  tier: "tier1",
  // One has less than the gateway expects, so that its keys come to rest now and then.
  limits: project === 4 ? { "": { rpm: 7, tpm: 1_000_000, rpd: 2_000 } } : wide,
  keys: Array.from({ length: count }, (_, index) => {
    const value = `AIzaSy-FAKE-${project}${index}-`.padEnd(35, "x") + ["7f3Q", "Qe1v", "w4Hn", "Jw5s", "m0Zd"][(project + index * 2) % 5];
    return project === 3 && index === 1 ? { value, state: "leaked" } : { value };
  }),
}));
const projects: { number: string; tier: string; limits: object; keys: { value: string; state?: string }[] }[] = keeping ? many : simulated;

/** The real programs, wired together: simulator, gateway, page. */
export interface Servers {
  page: string;
  api: string;
  password: string;
  /** The simulator's keys; the last but one is leaked. */
  keys: string[];
  stopGateway(): Promise<void>;
  /** Starts the gateway again with the data it had, and further variables. */
  startGateway(more?: Record<string, string>): Promise<void>;
  /** Asks the simulator for what is its own, e.g. "POST", "scripts". */
  simulate(method: string, path: string, body?: object): Promise<void>;
  /** What the gateway has logged since it started last. */
  gatewayLog(): string;
  stop(): Promise<void>;
}

/** Starts them with the keys of the simulator's projects; or with a crowd of 10,000 keys, 200 user keys and 200,000 requests in the database. */
export async function startServers({ crowd = false } = {}): Promise<Servers> {
  const data = await mkdtemp(join(tmpdir(), "gemini-proxy-walk-"));
  const running = new Map<string, ChildProcess>();
  const password = "a long password for the walk";
  const [apiPort, pagePort] = [await freePort(), await freePort()];
  const api = `http://127.0.0.1:${apiPort}`;
  const page = `http://127.0.0.1:${pagePort}`;

  const start = (name: string, args: string[], env: Record<string, string>) => {
    const child = spawn(join(programs, name), args, { env: { PATH: process.env.PATH ?? "", ...env }, stdio: ["ignore", "pipe", "pipe"] });
    running.set(name, child);
    // Where starting fails half-way nobody is left to stop it.
    process.once("exit", () => child.kill());
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr.on("data", (chunk) => {
      output += chunk;
    });
    child.on("error", (error) => {
      output += error.message;
    });
    return () => output;
  };
  const stopOne = async (name: string) => {
    const child = running.get(name);
    running.delete(name);
    if (!child || child.exitCode !== null) return;
    child.kill("SIGTERM");
    await once(child, "exit");
  };

  const config = join(data, "simulator.json");
  if (crowd) {
    await run(join(programs, "crowd"), ["-world", config], {
      env: { PATH: process.env.PATH ?? "", DATA_DIR: data, ADMIN_PASSWORD: password },
    });
  } else {
    await writeFile(config, JSON.stringify({ projects }));
  }
  const simulator = start("gemini-sim", ["--addr", "127.0.0.1:0", "--config", config, ...(keeping ? lifelike : [])], {});
  await until(
    () => /^GEMINI_BASE_URL=\S+\n/m.test(simulator()),
    () => `the simulator did not start:\n${simulator()}`,
  );
  const gemini = /GEMINI_BASE_URL=(\S+)/.exec(simulator())?.[1] ?? "";
  let gatewayLog = () => "";
  const startGateway = async (more: Record<string, string> = {}) => {
    const output = start("gemini-proxy", ["serve"], {
      ...more,
      GEMINI_BASE_URL: gemini,
      DATA_DIR: data,
      ADMIN_PASSWORD: password,
      HOST: "127.0.0.1",
      PORT: String(apiPort),
    });
    gatewayLog = output;
    await until(
      () => answers(`${api}/health`),
      () => `the gateway did not start:\n${output()}`,
    );
  };
  await startGateway();
  const site = start("gemini-proxy-admin", [], { API_BASE_URL: api, HOST: "127.0.0.1", PORT: String(pagePort) });
  await until(
    () => answers(`${page}/health`),
    () => `the page's server did not start:\n${site()}`,
  );

  return {
    page,
    api,
    password,
    keys: projects.flatMap((project) => project.keys.map((key) => key.value)),
    startGateway,
    gatewayLog: () => gatewayLog(),
    stopGateway: () => stopOne("gemini-proxy"),
    async simulate(method, path, body) {
      const response = await fetch(`${gemini}/sim/${path}`, { method, ...(body && { body: JSON.stringify(body) }) });
      if (!response.ok) throw new Error(`the simulator's ${path}: ${response.status} ${await response.text()}`);
    },
    async stop() {
      for (const name of [...running.keys()]) await stopOne(name);
      await rm(data, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}

async function until(check: () => boolean | Promise<boolean>, complaint: () => string): Promise<void> {
  const end = Date.now() + startMs;
  while (!(await check())) {
    if (Date.now() > end) throw new Error(complaint());
    await new Promise((done) => setTimeout(done, 50));
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (!address || typeof address === "string") throw new Error("no port was free");
  return address.port;
}
