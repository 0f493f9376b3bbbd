import type { CheckResult } from "./check.ts";

/** What `--json` writes. */
export interface DoctorReport {
  /** Whether nothing failed. */
  readonly ok: boolean;
  readonly summary: string;
  readonly checks: readonly CheckResult[];
}

const MARKS = { ok: "ok     ", warning: "WARNING", failed: "FAILED ", skipped: "-      " } as const;
const WIDTH = 16;

/** Formats a result for people. */
export function formatResult({ name, status, summary, fix }: CheckResult): string {
  const line = `${MARKS[status]}  ${name.padEnd(WIDTH)} ${summary}\n`;
  return fix === undefined ? line : `${line}${" ".repeat(MARKS.ok.length + WIDTH + 3)}→ ${fix}\n`;
}

/** All results, and a summary. */
export function toReport(checks: readonly CheckResult[]): DoctorReport {
  const failure = checks.find(({ status }) => status === "failed");
  const warnings = checks.filter(({ status }) => status === "warning").length;
  const remarks =
    warnings === 0 ? "" : ` There ${warnings === 1 ? "is a warning" : `are ${warnings} warnings`}.`;
  const summary =
    failure === undefined
      ? `All is well.${remarks}`
      : `${failure.name} failed: ${failure.fix ?? failure.summary}`;
  return { ok: failure === undefined, summary, checks };
}
