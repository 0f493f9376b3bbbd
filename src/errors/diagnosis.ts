import type { Code } from "@connectrpc/connect";
import type { FaultName } from "../transport/faults/faults.ts";
import type { ErrorDetail } from "./error-detail.ts";
import type { ErrorOrigin } from "./error-origin.ts";
import type { FieldViolation } from "./field-violations.ts";

/** What a diagnosis is made by; a ZitadelError has it all. */
export interface Symptoms {
  readonly code: Code;
  readonly id: string | undefined;
  readonly origin: ErrorOrigin;
  readonly fault: FaultName | undefined;
  readonly unprocessed: boolean;
  readonly method: string;
  readonly rawMessage: string;
  readonly decodedDetails: readonly ErrorDetail[];
  readonly fieldViolations: readonly FieldViolation[];
  readonly unimplemented: "service" | "method" | undefined;
}

/** A row of the table of errors: how to tell an error, what it means, and what to do. */
export interface Diagnosis {
  /** Absent where the row is about ids that come with any code. */
  readonly code?: Code | undefined;
  /** The ids that Zitadel gives it; absent where the row is about an error without an id, or with any. */
  readonly ids?: readonly string[] | undefined;
  /** Only of this origin. Default: of any. */
  readonly origin?: ErrorOrigin | undefined;
  /** Only of this network event. Default: of any, and of none. */
  readonly fault?: FaultName | undefined;
  /** Only where it is proven that the server has not processed the call. Default: whether or not. */
  readonly unprocessed?: true | undefined;
  /** What else tells it, in words and in code. */
  readonly when?: Condition | undefined;
  readonly meaning: string;
  readonly hint: string;
  /** Whether the same call may succeed later. Default: `false`. */
  readonly retryable?: boolean | undefined;
}

/** A condition, and how the documentation puts it. */
export interface Condition {
  readonly text: string;
  readonly is: (symptoms: Symptoms) => boolean;
}

/** The first row of a table that fits. */
export function diagnose(table: readonly Diagnosis[], symptoms: Symptoms): Diagnosis | undefined {
  return table.find((row) => fits(row, symptoms));
}

function fits({ code, ids, origin, fault, unprocessed, when }: Diagnosis, symptoms: Symptoms): boolean {
  return (
    (code === undefined || code === symptoms.code) &&
    (ids === undefined || (symptoms.id !== undefined && ids.includes(symptoms.id))) &&
    (origin === undefined || origin === symptoms.origin) &&
    (fault === undefined || fault === symptoms.fault) &&
    (unprocessed === undefined || symptoms.unprocessed) &&
    (when === undefined || when.is(symptoms))
  );
}
