/**
 * Installs the packed package in each folder beside this file and makes the same few calls there.
 *
 *     npm run test:matrix -- [folder…] [--work DIR] [--lock] [--update]
 *
 * `--work` keeps what was installed in DIR and uses it again, `--lock` writes the lock files again, `--update` writes
 * results.json, of which docs/runtimes.md has a table. Without it, a run fails if the results are others.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import {
  installProject,
  lockProject,
  type MatrixResults,
  type Project,
  packPackage,
  readProjects,
} from "./project.ts";
import { type RunningInstance, startInstance } from "./shared/instance.ts";

const parallel = 2;
/** Also what a program gets that does not end by itself. */
const timeoutMs = 240_000;
const resultsFile = join(import.meta.dirname, "results.json");

interface Outcome {
  readonly project: Project;
  readonly passed: readonly string[];
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { work: { type: "string" }, lock: { type: "boolean" }, update: { type: "boolean" } },
});

const all = readProjects();
const unknown = positionals.find((name) => !all.some(({ folder }) => folder === name));
if (unknown !== undefined)
  throw new Error(`${unknown}: no such folder; there are ${all.map(({ folder }) => folder).join(", ")}`);
const projects = positionals.length === 0 ? all : all.filter(({ folder }) => positionals.includes(folder));

if (options.lock) for (const { folder } of projects) await lockProject(folder);
else process.exitCode = (await runAll()) ? 0 : 1;

async function runAll(): Promise<boolean> {
  const work = options.work === undefined ? mkdtempSync(join(tmpdir(), "matrix-")) : resolve(options.work);
  mkdirSync(work, { recursive: true });
  const instance = await startInstance();
  try {
    const unpacked = await packPackage(join(work, "package"));
    const outcomes: Outcome[] = [];
    const queue = projects.toReversed(); // typescript takes longest: not at the end, with nothing beside it
    const worker = async (): Promise<void> => {
      for (let project = queue.shift(); project; project = queue.shift()) {
        outcomes.push(await runProject(project, unpacked, work, instance));
      }
    };
    await Promise.all(Array.from({ length: parallel }, worker));
    return summarize(outcomes);
  } finally {
    await instance.close();
    if (options.work === undefined) rmSync(work, { recursive: true });
  }
}

async function runProject(
  project: Project,
  unpacked: string,
  work: string,
  instance: RunningInstance,
): Promise<Outcome> {
  const passed: string[] = [];
  const started = performance.now();
  const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  try {
    const directory = await installProject(project.folder, unpacked, work);
    const installed = seconds();
    for (const [name, command] of Object.entries(project.cases)) {
      const env = { MATRIX_INSTANCE: JSON.stringify(await instance.describe()) };
      const failure = await runCase(command, directory, env);
      if (failure === undefined) passed.push(name);
      else console.log(`${project.folder}: ${name} FAILED: ${failure}`);
    }
    const total = Object.keys(project.cases).length;
    console.log(
      `${project.folder}: ${passed.length} of ${total} passed in ${seconds()}, ${installed} to install`,
    );
  } catch (error) {
    console.log(
      `${project.folder}: could not be installed: ${error instanceof Error ? error.message : error}`,
    );
  }
  return { project, passed };
}

/** Runs a command and says how it failed, if it did. A case passes that has made the calls and ends by itself. */
function runCase(command: string, cwd: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const path = [join(cwd, "node_modules/.bin"), dirname(process.execPath), process.env["PATH"]].join(
    delimiter,
  );
  const child = spawn(command, {
    shell: true,
    cwd,
    env: { ...process.env, ...env, PATH: path, NODE_OPTIONS: "", NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true, // a process group, so that what the command starts is ended with it
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text) => (output += text));
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  let timedOut = false;
  const kill = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // Nothing is left of the group.
    }
  };
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, timeoutMs);
  child.on("error", reject);
  child.on("exit", kill);
  child.on("close", (code) => {
    clearTimeout(timer);
    if (timedOut) resolve(`did not end within ${timeoutMs / 1000} s\n${output}`);
    else if (code !== 0) resolve(`exit code ${code}\n${output}`);
    else resolve(output.includes("calls made") ? undefined : `made no calls\n${output}`);
  });
  return promise;
}

function summarize(outcomes: readonly Outcome[]): boolean {
  const failed = outcomes.filter(({ project, passed }) => passed.length < Object.keys(project.cases).length);
  const count = outcomes.reduce((sum, { passed }) => sum + passed.length, 0);
  const names = failed.map(({ project }) => project.folder).join(", ");
  console.log(`${count} passed in ${outcomes.length} folders; failed: ${names || "none"}`);
  return failed.length === 0 && recordResults(outcomes);
}

/** Compares with results.json, of which the documentation has a table, or writes it. Folders that are gone are left out. */
function recordResults(outcomes: readonly Outcome[]): boolean {
  const before = existsSync(resultsFile) ? readFileSync(resultsFile, "utf8") : "{}";
  const results: MatrixResults = JSON.parse(before);
  for (const { project, passed } of outcomes) {
    results[project.folder] = { title: project.title, versions: project.versions, passed };
  }
  const sorted = all.flatMap(({ folder }) => (results[folder] ? [[folder, results[folder]]] : []));
  const text = `${JSON.stringify(Object.fromEntries(sorted), undefined, 2)}\n`;
  if (text === before) return true;
  if (options.update) writeFileSync(resultsFile, text);
  else console.log("results.json is not current: run this with --update, then scripts/docs-tables.ts");
  return options.update === true;
}
