import { spawn } from "node:child_process";
import { readFile, realpath } from "node:fs/promises";
import type { Readable } from "node:stream";
import {
  checkOptions,
  exactlyOne,
  requireFunction,
  requireKnown,
  requireNumber,
  requireObject,
  requireString,
} from "../shared/invalid-option.ts";
import { failureCode } from "../shared/option-file.ts";
import { redact } from "../shared/redact.ts";
import { replaceFile } from "./replace-file.ts";

/** Where a credential is kept: a secret manager, for example. */
export interface CredentialStore {
  /** Reads the credential; `undefined` if there is none yet. */
  read(): Promise<string | undefined>;
  /** Replaces the credential atomically. Must reject unless it has been stored. */
  write(content: string): Promise<void>;
}

/** A credential in a file, which is replaced atomically and readable only by its owner (mode 0600). */
export function fileStore(path: string): CredentialStore {
  return {
    async read() {
      try {
        return await readFile(path, "utf8");
      } catch (error) {
        if (failureCode(error) === "ENOENT") return undefined;
        throw error;
      }
    },
    async write(content) {
      // If the path is a link, its target is replaced, not the link.
      const target = await realpath(path).catch(() => path);
      await replaceFile(target, content);
    },
  };
}

/** Options of {@link commandStore}. */
export interface CommandStoreOptions {
  /** A shell command line that prints the credential to its standard output. Default: nothing is read. */
  readonly readWith?: string | undefined;
  /** A shell command line that reads the credential from its standard input: `vault kv put secret/robot key=-`. */
  readonly writeWith: string;
  /** Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** The time limit of a command, in milliseconds. Default: 60,000. */
  readonly timeoutMs?: number | undefined;
}

const TIMEOUT_MS = 60_000;

/**
 * A store whose commands read and write the credential, so that it is never on disk or in an argument. A command with
 * an exit code other than 0 has failed. The error contains its stderr, never its stdout.
 *
 * @throws TypeError if an option is invalid
 */
export function commandStore(options: CommandStoreOptions): CredentialStore {
  checkOptions("commandStore()", () => {
    requireObject("its argument", options, "{ readWith, writeWith }");
    requireKnown("", options, { readWith: true, writeWith: true, env: true, timeoutMs: true });
    requireString("writeWith", options.writeWith);
    if (options.readWith !== undefined) requireString("readWith", options.readWith);
    requireNumber("timeoutMs", options.timeoutMs, { min: 1 });
  });
  const { readWith, writeWith, env = process.env, timeoutMs = TIMEOUT_MS } = options;
  return {
    async read() {
      if (readWith === undefined) return undefined;
      return await runCommand("readWith", readWith, { env, timeoutMs, input: undefined });
    },
    async write(content) {
      await runCommand("writeWith", writeWith, { env, timeoutMs, input: content });
    },
  };
}

interface Run {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  readonly input: string | undefined;
}

/** What a command writes to its standard output. */
async function runCommand(option: string, command: string, { env, timeoutMs, input }: Run): Promise<string> {
  const child = spawn(command, { shell: true, env, stdio: "pipe" });
  const [out, err] = [collect(child.stdout), collect(child.stderr)];
  // If a command does not read all of its input, its exit code says whether that is a failure.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const timer = setTimeout(() => {
    child.kill();
    // Processes that the shell started may keep the pipes open.
    child.stdout.destroy();
    child.stderr.destroy();
  }, timeoutMs);
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  }).finally(() => clearTimeout(timer));
  if (exitCode === 0) return out();
  const how = exitCode === null ? "did not end in time" : `failed with exit code ${exitCode}`;
  // The command may echo its input.
  const words = redact(err(), input === undefined ? [] : [input]);
  throw new Error(`The command given as ${option} ${how}${words === "" ? "" : `: ${words}`}`);
}

function collect(stream: Readable): () => string {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}

/** The store that the options choose: a file, whose path is in the option `name`, or a custom store. */
export function resolveStoreOption(
  options: { readonly store?: unknown },
  file: string,
): { readonly store: CredentialStore; readonly path: string | undefined } {
  const name = exactlyOne(options, [file, "store"]);
  if (name === "store") {
    requireObject("store", options.store, "{ read, write }");
    requireFunction("store.read", Reflect.get(options.store, "read") ?? null);
    requireFunction("store.write", Reflect.get(options.store, "write") ?? null);
    // It has both functions.
    return { store: options.store as CredentialStore, path: undefined };
  }
  const path: unknown = Reflect.get(options, file);
  requireString(file, path);
  return { store: fileStore(path), path };
}
