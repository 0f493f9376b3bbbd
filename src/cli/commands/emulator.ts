import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { DescService } from "@bufbuild/protobuf";
import { readApi } from "../../codegen/read-api.ts";
import { parseSource } from "../../codegen/sources/parse-source.ts";
import { replaceFile } from "../../service-users/replace-file.ts";
import type { Emulator, EmulatorState } from "../../testing/index.ts";
import type { Command } from "../command.ts";
import { type OptionSpecs, type OptionValues, parseOptions } from "../command-line.ts";
import { UsageError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import type { Terminal } from "../terminal.ts";

const OPTIONS = {
  port: { type: "string", value: "number", help: "The port on localhost; 0: any free one. Default: 8080" },
  seed: { type: "string", value: "file", help: "The initial state: JSON, see docs/testing.md" },
  state: {
    type: "string",
    value: "file",
    help: "Load the state from this file if it exists, and save it there on exit",
  },
  "key-file": {
    type: "string",
    value: "file",
    help: "Where to write the service user's key file. Default: a temporary file, removed on exit",
  },
  domain: {
    type: "string",
    multiple: true,
    value: "host",
    help: "Another host name of the instance, besides localhost",
  },
  from: {
    type: "string",
    value: "source",
    help: "The API of a newer Zitadel than the one this package is built for: a source, as for generate",
  },
  json: { type: "boolean", help: "Print one JSON document, for programs" },
} as const satisfies OptionSpecs;

const DEFAULT_PORT = 8080;

/** `zitadel-connect emulator` */
export const emulator: Command = {
  description:
    "Runs a Zitadel for development and tests, in memory, on this machine only. Prints its url, the key file of a service user " +
    "(IAM_OWNER), a personal access token, and environment variables to paste. Healthy when /debug/healthz responds. SIGTERM or " +
    "Ctrl-C stops it.",
  options: OPTIONS,
  examples: [
    { line: "zitadel-connect emulator --port 8080 --seed seed.json", help: "With the same users every time" },
    {
      line: "zitadel-connect emulator --state .zitadel.json",
      help: "Keeps the state for the next run",
    },
    {
      line: "zitadel-connect emulator --from https://acme.zitadel.cloud",
      help: "With the services of an instance that is newer than this package",
    },
  ],
  async run(args, terminal) {
    const values = parseOptions(OPTIONS, args);
    const state = values.state === undefined ? undefined : resolve(terminal.directory, values.state);
    const { startEmulator } = await import("../../testing/index.ts");
    const running = await startEmulator({
      port: toPort(values.port),
      domains: values.domain ?? [],
      services: values.from === undefined ? [] : await readServices(values.from, terminal),
      seed: readState(values, terminal, state),
    });
    const ended = waitForEnd(terminal);
    const key = await openKeyFile(values["key-file"], terminal);
    try {
      await replaceFile(key.path, running.serviceUser.keyFile);
      announce(running, key.path, values.json === true, terminal);
      await ended;
      if (state !== undefined) await replaceFile(state, `${JSON.stringify(await running.snapshot())}\n`);
    } finally {
      await running.close();
      await key.remove();
    }
    return ExitCode.ok;
  },
};

/** Resolves when the command is asked to stop. */
async function waitForEnd({ closed }: Terminal): Promise<void> {
  const { promise, resolve: end } = Promise.withResolvers<void>();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => end());
  closed.addEventListener("abort", () => end(), { once: true });
  await promise;
}

function toPort(text: string | undefined): number {
  const port = Number(text ?? DEFAULT_PORT);
  if (text !== "" && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new UsageError("--port must be a number from 0 to 65535");
}

async function readServices(from: string, { directory, status }: Terminal): Promise<DescService[]> {
  const { files } = await readApi(parseSource(from, { directory }), {}, status);
  status("");
  return files.flatMap(({ services }) => services);
}

/** An existing state takes precedence: the seed is only where it starts. */
function readState(
  { seed }: OptionValues<typeof OPTIONS>,
  terminal: Terminal,
  state: string | undefined,
): EmulatorState | undefined {
  if (state !== undefined && existsSync(state)) return readJson("--state", state);
  return seed === undefined ? undefined : readJson("--seed", resolve(terminal.directory, seed));
}

function readJson(option: string, path: string): EmulatorState {
  try {
    // startEmulator() checks its content.
    return JSON.parse(readFileSync(path, "utf8")) as EmulatorState;
  } catch (cause) {
    const why = cause instanceof SyntaxError ? "is not JSON" : "cannot be read";
    throw new UsageError(`${option}: ${path} ${why}`);
  }
}

interface KeyFile {
  readonly path: string;
  remove(): Promise<void>;
}

async function openKeyFile(given: string | undefined, { directory }: Terminal): Promise<KeyFile> {
  if (given !== undefined) {
    const path = resolve(directory, given);
    await mkdir(dirname(path), { recursive: true });
    return { path, remove: async () => {} };
  }
  const folder = await mkdtemp(join(tmpdir(), "zitadel-emulator-"));
  return { path: join(folder, "key.json"), remove: () => rm(folder, { recursive: true, force: true }) };
}

function announce(
  { url, serviceUser }: Emulator,
  keyFile: string,
  asJson: boolean,
  terminal: Terminal,
): void {
  const environment = { ZITADEL_API_URL: url, ZITADEL_KEY_FILE: keyFile };
  if (asJson) {
    const { userId, organizationId, token } = serviceUser;
    terminal.out(`${JSON.stringify({ url, keyFile, token, userId, organizationId, environment })}\n`);
    return;
  }
  const lines = Object.entries(environment).map(([name, value]) => `export ${name}=${quote(value)}`);
  terminal.out(
    { text: `Zitadel emulator at ${url}`, style: "bold" },
    `\nKey file of a service user with the role IAM_OWNER: ${keyFile}\n`,
    `Its personal access token: ${serviceUser.token}\n\n${lines.join("\n")}\n\n`,
    `Healthy: ${url}/debug/healthz. Ctrl-C stops it.\n`,
  );
}

/** Quotes a value for a shell. */
function quote(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
