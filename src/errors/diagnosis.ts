import type { Code } from "@connectrpc/connect";
import type { FaultName } from "../transport/faults.ts";
import type { ErrorDetail } from "./error-detail.ts";
import type { ErrorOrigin } from "./error-origin.ts";
import type { FieldViolation } from "./field-violations.ts";

/** The properties that a diagnosis is based on; a ZitadelError has all of them. */
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

/** A row of the table of errors: how to recognize an error, what it means, and what to do. */
export interface Diagnosis {
  /** Absent if the row is about ids that can come with any code. */
  readonly code?: Code | undefined;
  /** Its ids from Zitadel; absent if the row is about errors without an id, or with any. */
  readonly ids?: readonly string[] | undefined;
  /** Only this origin. Default: any. */
  readonly origin?: ErrorOrigin | undefined;
  /** Only this network event. Default: any, or none. */
  readonly fault?: FaultName | undefined;
  /** Only if the server provably did not process the call. Default: either way. */
  readonly unprocessed?: true | undefined;
  /** An additional condition, in words and in code. */
  readonly when?: Condition | undefined;
  readonly meaning: string;
  readonly hint: string;
  /** Whether the same call may succeed later. Default: `false`. */
  readonly retryable?: boolean | undefined;
}

/** A condition, and its description in the documentation. */
export interface Condition {
  readonly text: string;
  readonly is: (symptoms: Symptoms) => boolean;
}

/** The first matching row of a table. */
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
