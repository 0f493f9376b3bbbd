import { relative } from "node:path";
import { type Outcome, RESULTS, type Result } from "./outcome.ts";

/** How often a line is written without a terminal. */
const LINE_EVERY_MS = 10_000;
const CHANGE_EVERY_MS = 100;

/** Where progress is shown, such as `process.stdout`. */
export interface Output {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** Counts tests and shows progress: a line that changes on a terminal, otherwise a line now and then. */
export class Progress {
  readonly #output: Output;
  readonly #files: ReadonlySet<string>;
  readonly #seen = new Set<string>();
  readonly #counts: Record<Result, number> = { pass: 0, fail: 0, cancelled: 0, skipped: 0, todo: 0 };
  readonly #began = performance.now();
  #suites = 0;
  #shownAt = performance.now();

  /** `files`: the paths of all files that will run. */
  constructor(output: Output, files: readonly string[]) {
    this.#output = output;
    this.#files = new Set(files);
  }

  /** Counts a test, and reports it immediately if it failed. */
  note({ name, file, isSuite, result }: Outcome): void {
    if (file !== undefined && this.#files.has(file)) this.#seen.add(file);
    if (isSuite) this.#suites++;
    else this.#counts[result]++;
    if (!isSuite && (result === "fail" || result === "cancelled")) {
      this.write(`✖ ${relative("", file ?? "")}: ${name}\n`);
    }
    const every = this.#output.isTTY === true ? CHANGE_EVERY_MS : LINE_EVERY_MS;
    if (performance.now() - this.#shownAt < every) return;
    this.#shownAt = performance.now();
    this.write(this.#output.isTTY === true ? this.#line() : `${this.#line()}\n`);
  }

  /** Writes in place of the line that changes. */
  write(text: string): void {
    this.#output.write(this.#output.isTTY === true ? `\r\u001b[K${text}` : text);
  }

  /** The summary, in the format of Node's own reporter. */
  finish(): void {
    const tests = RESULTS.reduce((sum, result) => sum + this.#counts[result], 0);
    const lines = { tests, suites: this.#suites, ...this.#counts, duration_ms: this.#elapsedMs() };
    this.write(
      Object.entries(lines)
        .map(([name, count]) => `ℹ ${name} ${count}\n`)
        .join(""),
    );
  }

  #line(): string {
    const { pass, fail, cancelled } = this.#counts;
    const seconds = Math.round(this.#elapsedMs() / 1_000);
    const files = `${this.#seen.size} of ${this.#files.size} files`;
    return `${seconds} s: ${pass} tests passed, ${fail + cancelled} failed, in ${files}`;
  }

  #elapsedMs(): number {
    return performance.now() - this.#began;
  }
}
