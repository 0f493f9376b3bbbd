import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Emulator } from "zitadel-connect/testing";

const main = join(import.meta.dirname, "../../src/main.ts");

/** The header that marks the requests that are not the program's. */
export const OTHERS = "x-not-the-mirror";

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Resolves when the program prints this. */
  readonly printed: (text: string) => Promise<void>;
}

/** The program, which can be run and killed any number of times. */
export class Program {
  readonly #emulator: Emulator;
  readonly #env: NodeJS.ProcessEnv;

  constructor(emulator: Emulator, env: Readonly<Record<string, string>>) {
    this.#emulator = emulator;
    this.#env = {
      ...process.env,
      ZITADEL_API_URL: emulator.url,
      ZITADEL_SERVICE_USER_TOKEN: emulator.serviceUser.token,
      ...env,
    };
  }

  /** Runs it until the mirror is in step. Returns what it printed. */
  async catchUp(): Promise<string> {
    const run = this.#start("--once");
    await once(run.child, "exit");
    assert.equal(run.child.exitCode, 0, run.output());
    return run.output();
  }

  /** Runs it until `schedule` calls what it is given, which kills it. Returns what it printed. */
  async runAndKill(schedule: (kill: () => void) => void): Promise<string> {
    const run = this.#start();
    const ended = once(run.child, "exit");
    schedule(() => run.child.kill("SIGKILL"));
    await ended;
    assert.equal(run.child.signalCode, "SIGKILL", run.output());
    return run.output();
  }

  /** Runs it, does `work` once it follows, and stops it as an administrator would. Returns what it printed. */
  async runWhile(work: () => Promise<void>): Promise<string> {
    const run = this.#start();
    const ended = once(run.child, "exit");
    await Promise.race([run.printed("following"), ended]);
    await work();
    run.child.kill("SIGTERM");
    await ended;
    assert.equal(run.child.exitCode, 0, run.output());
    return run.output();
  }

  #start(...args: readonly string[]): Run {
    const child = spawn(process.execPath, [main, ...args], {
      env: this.#env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const waiting = new Map<string, () => void>();
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (data) => {
        output += data;
        for (const [text, resolve] of waiting) if (output.includes(text)) resolve();
      });
    }
    const printed = (text: string): Promise<void> => new Promise((resolve) => waiting.set(text, resolve));
    return { child, output: () => output, printed };
  }

  /** Calls `act` `ms` milliseconds after the program's request number `count` to Zitadel. */
  afterRequests(count: number, ms: number, act: () => void): void {
    let left = count;
    const later = (): void => void setTimeout(act, ms);
    if (left === 0) {
      later();
      return;
    }
    const stop = this.#emulator.intercept((request, next) => {
      if (!request.headers.has(OTHERS)) left -= 1;
      if (left === 0) {
        stop();
        later();
      }
      return next();
    });
  }
}
