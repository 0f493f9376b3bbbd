import type { DoctorContext } from "./doctor-context.ts";

/**
 * How a check ended. Only `failed` makes the whole run fail. `skipped`: a check that it needs has failed or was
 * skipped.
 */
export type CheckStatus = "ok" | "warning" | "failed" | "skipped";

/** What a check found. */
export interface Finding {
  readonly status: CheckStatus;
  /** The finding, in plain words. */
  readonly summary: string;
  /** What to do about it. */
  readonly fix?: string | undefined;
}

/** What a check found, with its name. */
export interface CheckResult extends Finding {
  /** Stable; meant for programs: `name-resolution`. */
  readonly name: string;
}

/** One step of the doctor. */
export interface Check {
  readonly name: string;
  /** What it checks, for the documentation. */
  readonly about: string;
  /** The checks that must succeed before this one. */
  readonly needs: readonly string[];
  run(context: DoctorContext): Promise<Finding>;
}

export function ok(summary: string): Finding {
  return { status: "ok", summary };
}

export function warning(summary: string, fix: string): Finding {
  return { status: "warning", summary, fix };
}

export function failed(summary: string, fix: string): Finding {
  return { status: "failed", summary, fix };
}
