import { diagnoses } from "./diagnoses.ts";
import { diagnose } from "./diagnosis.ts";
import { isKnownDetail } from "./error-detail.ts";
import type { ZitadelError } from "./zitadel-error.ts";

/** What an error means, in a sentence for people who do not know Zitadel's ids. */
export function explain(error: ZitadelError): string {
  const { code, id, origin, method, notServed, rawMessage: message, decodedDetails } = error;
  const hasDetail = decodedDetails.some(isKnownDetail);
  const row = diagnose(diagnoses, { code, id, origin, method, notServed, message, hasDetail });
  return row?.meaning ?? "The call failed.";
}
