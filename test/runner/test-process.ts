import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { END, type Outcome } from "./outcome.ts";

/** The time limit of a test, so that one that hangs is named. */
const TIMEOUT_MS = 300_000;
/** How long a process may report nothing: longer than the time limit, it waits for something that a test left open. */
const SILENCE_MS = TIMEOUT_MS + 30_000;

const url = (name: string): string => pathToFileURL(join(import.meta.dirname, name)).href;

/** Runs test files in one process, one after another. Returns its output if it failed. */
export async function runTests(
  files: readonly string[],
  onOutcome: (outcome: Outcome) => void,
  silenceMs = SILENCE_MS,
): Promise<string | undefined> {
  const reporters = [
    ...["--test-reporter=spec", "--test-reporter-destination=stdout"],
    ...[`--test-reporter=${url("reporter.ts")}`, "--test-reporter-destination=stderr"],
  ];
  const options = [
    `--import=${url("rsa-keys.ts")}`,
    "--test",
    "--test-isolation=none",
    `--test-timeout=${TIMEOUT_MS}`,
    ...reporters,
  ];
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const tests = spawn(process.execPath, ["--import", url("../compile-cache.ts"), ...options, ...files], {
    env,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let isComplete = false;
  const silence = setTimeout(() => tests.kill("SIGKILL"), silenceMs);
  tests.on("message", (message) => {
    silence.refresh();
    if (message === END) isComplete = true;
    // Its other messages are those of the reporter.
    else onOutcome(message as Outcome);
  });
  const [said, warned, [exitCode, signal]] = await Promise.all([
    read(tests.stdout),
    read(tests.stderr),
    once(tests, "close"),
    // After its last message.
    once(tests, "disconnect"),
  ]);
  clearTimeout(silence);
  if (exitCode === 0 && isComplete) return undefined;
  const failures = said.slice(said.lastIndexOf(FAILURES) + 1);
  return `${failures.trim()}\n${warned}ended with ${signal ?? exitCode}${isComplete ? "" : " before its last test"}: ${files.join(" ")}\n`;
}

const read = async (stream: Readable | null): Promise<string> => (stream === null ? "" : await text(stream));

/** The line of Node's reporter before the failures; if it is missing, everything is shown. */
const FAILURES = "\n✖ failing tests:";
