import type { CallFacts } from "../errors/to-zitadel-error.ts";

/** What is known of a failed call beyond its error. */
export function callFacts(_error: unknown, elapsedMs: number): CallFacts {
  return { elapsedMs, attempts: 1 };
}
