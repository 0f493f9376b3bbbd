import { diagnoses } from "./diagnoses.ts";
import { diagnose } from "./diagnosis.ts";
import type { ZitadelError } from "./zitadel-error.ts";

/** What an error means, in a sentence for people who do not know Zitadel's ids. */
export function explain(error: ZitadelError): string {
  return diagnose(diagnoses, error)?.meaning ?? "The call failed.";
}
