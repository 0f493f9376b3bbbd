import type { Code } from "@connectrpc/connect";
import type { ErrorDetail } from "./error-detail.ts";
import type { ErrorOrigin } from "./error-origin.ts";

/** What a diagnosis is made by; a ZitadelError has it all. */
export interface Symptoms {
  readonly code: Code;
  readonly id: string | undefined;
  readonly origin: ErrorOrigin;
  readonly method: string;
  readonly rawMessage: string;
  readonly decodedDetails: readonly ErrorDetail[];
  readonly notServed: "service" | "method" | undefined;
}

/** A row of the table of errors: how to tell an error, what it means, and what to do. */
export interface Diagnosis {
  readonly code: Code;
  /** The ids that Zitadel gives it; absent where the row is about an error without an id, or with any. */
  readonly ids?: readonly string[] | undefined;
  /** Only of this origin. Default: of any. */
  readonly origin?: ErrorOrigin | undefined;
  /** What else tells it, in words and in code. */
  readonly when?: { readonly text: string; readonly is: (symptoms: Symptoms) => boolean } | undefined;
  readonly meaning: string;
  readonly hint: string;
  /** Whether the same call may succeed later. Default: `false`. */
  readonly retryable?: boolean | undefined;
}

/** The first row of a table that fits. */
export function diagnose(table: readonly Diagnosis[], symptoms: Symptoms): Diagnosis | undefined {
  return table.find(
    ({ code, ids, origin, when }) =>
      code === symptoms.code &&
      (ids === undefined || (symptoms.id !== undefined && ids.includes(symptoms.id))) &&
      (origin === undefined || origin === symptoms.origin) &&
      (when === undefined || when.is(symptoms)),
  );
}
